"""Groups of a protected column: its levels, or ranges of a number of many values."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.serve.steps.values import numbers, texts

__all__ = ["MISSING", "OTHERS", "find_groups", "group_names"]

OTHERS, MISSING = "others", "missing"
_MOST_LEVELS = 12
_RANGES = 4


def find_groups(values: pd.Series, min_rows: int) -> dict[str, Any]:
    """The groups of a column, as JSON.

    Numbers of more than 12 values are cut at their quartiles, rounded to three digits. Other values
    are groups of their own when at least `min_rows` rows have them; all further ones are pooled as
    ``others``.

    Returns
    -------
    dict
        ``column`` with either ``edges``, ascending, at which its numbers are cut, or ``levels``.
    """
    read = numbers(values)
    known = ~np.isnan(read)
    all_numbers = known.sum() == values.notna().sum()
    if all_numbers and len(np.unique(read[known])) > _MOST_LEVELS:
        return {"column": str(values.name), "edges": _edges(read[known])}
    counts = pd.Series(texts(values)).value_counts()
    levels = [str(level) for level, rows in counts.items() if rows >= min_rows]
    return {"column": str(values.name), "levels": levels}


def group_names(groups: dict[str, Any], values: Any) -> NDArray[np.object_]:
    """(n,) name of each value's group; ``others`` and ``missing`` where it has none.

    Parameters
    ----------
    groups
        From `find_groups`.
    values
        (n,) values of the column, in any type that it may come in.
    """
    if "edges" in groups:
        return _ranges(np.asarray(groups["edges"]), numbers(values))
    read, levels = texts(values), set(groups["levels"])
    return np.array(
        [MISSING if each is None else each if each in levels else OTHERS for each in read],
        dtype=object,
    )


def _edges(values: NDArray[np.float64]) -> list[float]:
    """Up to three, none of which leaves nobody above it."""
    edges = np.quantile(values, np.arange(1, _RANGES) / _RANGES)
    rounded = sorted({float(f"{edge:.3g}") for edge in edges})
    below = [edge for edge in rounded if edge < values.max()]
    # Where most rows have the greatest value, the others are one group.
    return below or [float(f"{values[values < values.max()].mean():.3g}")]


def _ranges(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.object_]:
    ends = [f"{edge:g}" for edge in edges]
    between = [f"above {low} to {high}" for low, high in pairwise(ends)]
    names = np.array([f"up to {ends[0]}", *between, f"above {ends[-1]}"], dtype=object)
    return np.where(np.isnan(values), MISSING, names[np.searchsorted(edges, values, side="left")])
