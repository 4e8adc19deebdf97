"""Compares one column in every respect that its kind has."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.monitor.comparing import compare_levels, compare_missing, compare_numbers
from automl_tasks.monitor.stretches import Stretches
from automl_tasks.monitor.summary import ColumnDrift
from automl_tasks.monitor.text_drift import compare_texts
from automl_tasks.problem import Role
from automl_tasks.serve.steps.values import numbers, texts

__all__ = ["compare_column", "floats", "is_date", "is_number", "is_text"]

_LEVELS = 20
_WORDS, _DISTINCT, _SAMPLE = 4, 64, 2_000

Kind = Literal["numeric", "categorical", "text"]


def compare_column(
    reference: pd.Series, current: pd.Series, stretches: Stretches, role: Role | None = None
) -> ColumnDrift:
    """Effect and p-value of one column; infinities, nulls and unseen levels are values.

    Parameters
    ----------
    stretches
        Of the reference rows.
    role
        Default: from the values.

    Returns
    -------
    ColumnDrift
        Not yet judged beside the others. Of kind ``unknown`` when anything fails: one odd column
        must not cost the others, and must not read as "no drift" either.
    """
    name = str(reference.name)
    if reference.empty or current.empty:
        return ColumnDrift(column=name, kind="unknown", why="there are no rows")
    try:
        found = _compared(name, reference, current, stretches, role)
    except Exception as error:
        # Type only: messages of libraries may quote cells.
        return ColumnDrift(column=name, kind="unknown", why=type(error).__name__)
    if not np.isfinite(np.array([found.effect, found.p_value], dtype=np.float64)).all():
        return ColumnDrift(column=name, kind="unknown", why="the statistics are undefined")
    return found


def floats(column: pd.Series) -> NDArray[np.float64]:
    """Numbers, durations in seconds; what reads as neither is missing."""
    if column.dtype.kind == "m":
        return np.asarray(column.dt.total_seconds(), dtype=np.float64)
    if column.dtype.kind in "iuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(numbers(column))


def is_number(column: pd.Series) -> bool:
    """Whether the values are numbers or durations; truth values are levels."""
    return column.dtype.kind in "iufm"


def is_date(column: pd.Series) -> bool:
    """Whether the values are dates."""
    return column.dtype.kind == "M"


def is_text(column: pd.Series) -> bool:
    """Whether most texts are sentences and hardly one is there twice."""
    if column.dtype.kind not in "OU":
        return False
    sample = texts(column.dropna().iloc[:_SAMPLE])
    words = sum(len(text.split()) for text in sample)
    return words >= _WORDS * len(sample) > 0 and len(set(sample)) > max(_DISTINCT, len(sample) / 5)


def _compared(
    name: str, reference: pd.Series, current: pd.Series, stretches: Stretches, role: Role | None
) -> ColumnDrift:
    kind, unseen = _kind(reference, role), None
    read = floats if kind == "numeric" else texts
    there, here = read(reference), read(current)
    gone = pd.isna(there), pd.isna(here)
    tests = [compare_missing(*gone, stretches)] if gone[0].any() or gone[1].any() else []
    if not gone[0].all() and not gone[1].all():
        if kind == "numeric":
            tests.append(compare_numbers(there, here, stretches))
        elif kind == "categorical":
            tests.append(compare_levels(there, here, stretches))
        else:
            more, unseen = compare_texts(there, here, stretches)
            tests += more
    return ColumnDrift(
        column=name,
        kind=kind,
        effect=max(test.effect for test in tests),
        p_value=min(1.0, len(tests) * min(test.p_value for test in tests)),
        effective_rows=min(test.rows for test in tests),
        unseen=unseen,
    )


def _kind(reference: pd.Series, role: Role | None) -> Kind:
    if is_number(reference) or role == "numeric":
        return "numeric" if _has_many_levels(reference) else "categorical"
    if role is None:
        return "text" if is_text(reference) else "categorical"
    return "text" if role == "text" else "categorical"


def _has_many_levels(column: pd.Series) -> bool:
    # The first rows nearly always tell, and cost nothing.
    return any(part.nunique() > _LEVELS for part in (column.iloc[:100], column))
