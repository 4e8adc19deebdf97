"""Draws the distributions of two tables with Evidently, without showing a row of them."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from automl_tasks.monitor.columns import floats, is_date, is_number, is_text
from automl_tasks.monitor.drift import ColumnDrift, DriftSummary
from automl_tasks.problem import Role
from automl_tasks.serve.steps.values import texts

__all__ = ["Drawable", "draw_report", "drawable"]

_LEVELS, _FEWEST_ROWS, _STEPS = 20, 10, 50
_UNSAFE = re.compile(r"[^\w .,:()%+/-]")
_DRAWN_AS = {"numeric": "numbers", "categorical": "levels", "text": "length of text"}


@dataclass(frozen=True)
class Drawable:
    """What Evidently may see.

    Attributes
    ----------
    kinds
        By column: ``numeric``, ``categorical`` or ``text``, of which the length is drawn.
    names
        By column: what it is called in the data; what is drawn carries no markup.
    """

    reference: pd.DataFrame
    current: pd.DataFrame
    kinds: dict[str, str]
    names: dict[str, str]


def draw_report(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    *,
    drift: DriftSummary | None = None,
    roles: Mapping[str, Role] | None = None,
    title: str = "Distributions",
    heading: str = "",
) -> str:
    """HTML with the distributions of each column then and now, and what was decided of it.

    Parameters
    ----------
    drift
        The verdicts that are shown; None: nothing was compared.
    roles
        Of the champion's columns: categories are no numbers, whatever their values look like.
    title
        Of the page, as plain text.
    heading
        HTML above the drawings.
    """
    shown = drawable(reference, current, drift=drift, roles=roles)
    with warnings.catch_warnings():
        # Evidently uses what numpy and pandas deprecate; nobody here can act on it.
        warnings.simplefilter("ignore")
        page = _drawn(shown, drift)
    page = page.replace("<head>", f"<head><title>{escape(title)}</title>", 1)
    return page.replace("<body>", f"<body>{heading}", 1)


def _drawn(shown: Drawable, drift: DriftSummary | None) -> str:
    # Evidently reads this when it is imported; importing it takes seconds.
    os.environ["DO_NOT_TRACK"] = "1"
    from evidently import DataDefinition, Dataset, Report

    from automl_tasks.monitor.pictures import Pictures

    numeric = [column for column, kind in shown.kinds.items() if kind != "categorical"]
    schema = DataDefinition(
        numerical_columns=numeric,
        categorical_columns=[column for column in shown.kinds if column not in numeric],
    )
    run = Report([Pictures(_said(shown, drift))]).run(
        Dataset.from_pandas(shown.current, data_definition=schema),
        Dataset.from_pandas(shown.reference, data_definition=schema),
    )
    return str(run.get_html_str(as_iframe=False))


def _said(shown: Drawable, drift: DriftSummary | None) -> list[dict[str, str]]:
    """A row for each drawn column, in the order of the decision."""
    judged = {each.column: each for each in drift.columns} if drift else {}
    order = list(judged)
    columns = sorted(
        shown.kinds,
        key=lambda column: order.index(name) if (name := shown.names[column]) in judged else 1e9,
    )
    return [_said_of(column, shown, judged.get(shown.names[column])) for column in columns]


def _said_of(column: str, shown: Drawable, judged: ColumnDrift | None) -> dict[str, str]:
    effect = rows = certainty = ""
    if judged is not None and judged.kind != "unknown":
        effect = f"{judged.effect or 0:.2f}"
        certainty = f"{1 if judged.adjusted is None else judged.adjusted:.2g}"
        rows = "" if judged.effective_rows is None else f"{max(1, judged.effective_rows):,.0f}"
    return {
        "Column": column,
        "Drawn as": _DRAWN_AS[shown.kinds[column]],
        "Decision": _verdict_words(judged),
        "Effect": effect,
        "Adjusted p": certainty,
        "Independent rows": rows,
    }


def _verdict_words(judged: ColumnDrift | None) -> str:
    """What a decision says of one column."""
    if judged is None or judged.kind == "unknown":
        return "not compared"
    if judged.hardly_used:
        return "differs, hardly used"
    return "drifted" if judged.drifted else "no drift"


def drawable(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    *,
    drift: DriftSummary | None = None,
    roles: Mapping[str, Role] | None = None,
) -> Drawable:
    """What Evidently can draw without showing a row.

    Dates and columns without a value on either side are left out, of free text the length is drawn,
    numbers are cut at the 1st and 99th percentile and become coarse, rare levels become
    ``(other)``, and names carry no markup.
    """
    both = {"reference": reference, "current": current}
    pooled = pd.concat(both, names=["side", "row"]).replace([np.inf, -np.inf], np.nan)
    told = {each.column: each.kind for each in drift.columns} if drift else {}
    columns: dict[str, pd.Series] = {}
    kinds: dict[str, str] = {}
    names: dict[str, str] = {}
    for column in reference.columns.intersection(current.columns, sort=False):
        values, original = pooled[column], str(column)
        if is_date(values) or values.notna().groupby("side").any().sum() < len(both):
            continue
        kind = _kind(values, told.get(original), (roles or {}).get(original))
        name = _unique(_UNSAFE.sub("_", original), columns)
        kinds[name], names[name] = kind, original
        if kind == "categorical":
            columns[name] = _common_levels(values)
        else:
            read = values.str.len() if kind == "text" else pd.Series(floats(values), values.index)
            columns[name] = _coarse(read.astype(np.float64))
    shown = pd.DataFrame(columns)
    there, here = (shown.loc[[side]].set_axis(_groups(len(frame))) for side, frame in both.items())
    return Drawable(there, here, kinds, names)


def _kind(values: pd.Series, told: str | None, role: Role | None) -> str:
    """As the decision compared the column, but categories are never drawn as numbers."""
    if role in ("categorical", "high_cardinality") or told == "categorical":
        return "categorical"
    # Of numbers there is no length.
    if is_text(values) or "text" in (told, role):
        return "text" if values.dtype.kind in "OU" else "categorical"
    return "numeric" if is_number(values) or told == "numeric" else "categorical"


def _unique(name: str, taken: Mapping[str, object]) -> str:
    # Two columns may differ in what is unsafe alone.
    return name if name not in taken else _unique(f"{name}_", taken)


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
    read = pd.Series(texts(values), values.index)
    counts = read.value_counts()
    common = counts[counts >= _FEWEST_ROWS].index[:_LEVELS]
    kept = read.where(read.isin(common) | read.isna(), "(other)")
    return kept.str.replace(_UNSAFE, "_", regex=True)
