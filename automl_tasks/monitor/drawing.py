"""Draws the distributions of two tables with Evidently, without showing a row of them."""

from __future__ import annotations

import os
import re
import warnings

import numpy as np
import pandas as pd

from automl_tasks.monitor.columns import is_date, is_number, is_text

__all__ = ["draw_report", "drawable"]

_LEVELS, _FEWEST_ROWS, _STEPS = 15, 10, 50
_UNSAFE = re.compile(r"[^\w .,:()%+/-]")


def draw_report(reference: pd.DataFrame, current: pd.DataFrame) -> str:
    """HTML with the distributions of each column then and now."""
    with warnings.catch_warnings():
        # Evidently uses what numpy and pandas deprecate; nobody here can act on it.
        warnings.simplefilter("ignore")
        return _drawn(*drawable(reference, current))


def _drawn(there: pd.DataFrame, here: pd.DataFrame, numeric: list[str]) -> str:
    # Evidently reads this when it is imported; importing it takes seconds.
    os.environ["DO_NOT_TRACK"] = "1"
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    schema = DataDefinition(
        numerical_columns=numeric,
        categorical_columns=[column for column in there.columns if column not in numeric],
    )
    # The method is fixed: Evidently's default changes its meaning at 1000 reference rows.
    preset = DataDriftPreset(method="psi", threshold=0.1)
    run = Report([preset]).run(
        Dataset.from_pandas(here, data_definition=schema),
        Dataset.from_pandas(there, data_definition=schema),
    )
    return str(run.get_html_str(as_iframe=False))


def drawable(
    reference: pd.DataFrame, current: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """What Evidently can draw without showing a row: reference, current, numeric columns.

    Dates and columns without a value on either side are left out, of free text the length is drawn,
    numbers are cut at the 1st and 99th percentile and become coarse, rare levels become
    ``(other)``, and names carry no markup.
    """
    both = {"reference": reference, "current": current}
    pooled = pd.concat(both, names=["side", "row"]).replace([np.inf, -np.inf], np.nan)
    columns: dict[str, pd.Series] = {}
    numeric: list[str] = []
    for column in reference.columns.intersection(current.columns, sort=False):
        values = pooled[column]
        if is_date(values) or values.notna().groupby("side").any().sum() < len(both):
            continue
        if is_text(values):
            values = values.str.len()
        name = _UNSAFE.sub("_", str(column))
        if is_number(values):
            columns[name] = _coarse(values.astype(np.float64))
            numeric.append(name)
        else:
            columns[name] = _common_levels(values)
    shown = pd.DataFrame(columns)
    there, here = (shown.loc[[side]].set_axis(_groups(len(frame))) for side, frame in both.items())
    return there, here, numeric


def _groups(rows: int) -> pd.Index[int]:
    # Evidently draws a line of means over bins of the index: no bin may be a single row.
    return pd.Index(np.arange(rows) * max(1, rows // _FEWEST_ROWS) // max(1, rows))


def _coarse(values: pd.Series) -> pd.Series:
    low, high = values.quantile([0.01, 0.99])
    if values.nunique() <= _STEPS or low == high:
        return values.clip(low, high)
    # A mean over few known values would show them.
    step = (high - low) / _STEPS
    return low + (values.clip(low, high) - low).floordiv(step) * step


def _common_levels(values: pd.Series) -> pd.Series:
    texts = values.astype(str).where(values.notna())
    counts = texts.value_counts()
    common = counts[counts >= _FEWEST_ROWS].index[:_LEVELS]
    kept = texts.where(texts.isin(common) | texts.isna(), "(other)")
    return kept.str.replace(_UNSAFE, "_", regex=True)
