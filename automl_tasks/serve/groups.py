"""Groups of a protected column: its levels, or ranges of a number of many values."""

from __future__ import annotations

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

    Numbers of more than 12 values are cut at their quartiles. Other values are groups of their
    own when at least `min_rows` rows have them; all further ones are pooled as ``others``.

    Returns
    -------
    dict
        ``column`` with either ``edges``, ascending, the first and last being the least and the
        greatest value, or ``levels``.
    """
    read = numbers(values)
    known = ~np.isnan(read)
    all_numbers = known.sum() == values.notna().sum()
    if all_numbers and len(np.unique(read[known])) > _MOST_LEVELS:
        edges = np.unique(np.quantile(read[known], np.linspace(0, 1, _RANGES + 1)))
        return {"column": str(values.name), "edges": edges.tolist()}
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


def _ranges(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.object_]:
    low, high = edges[:-1], edges[1:]
    names = [
        f"{least:g} to {most:g}" if at == 0 else f"above {least:g} to {most:g}"
        for at, (least, most) in enumerate(zip(low, high, strict=True))
    ]
    # Beyond the ends that training saw a value belongs to the nearest range.
    at = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, len(names) - 1)
    return np.where(np.isnan(values), MISSING, np.array(names, dtype=object)[at])
