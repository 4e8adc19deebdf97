"""A column told by few values, none of which tells of a single row.

A text is told when at least ten rows have it; of numbers and moments neighbours are pooled, and
their mean stands for them where no ten rows share a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["FEWEST_ROWS", "Level", "Levels", "column_levels", "missing_value"]

FEWEST_ROWS = 10
"""Rows that a value needs to be told."""

Array = NDArray[Any]


@dataclass(frozen=True)
class Level:
    """A value of the column's own type, or None where it is missing, and the rows it stands for."""

    value: Any
    rows: int


@dataclass(frozen=True)
class Levels:
    """Values of one column.

    Attributes
    ----------
    told
        Numbers and moments in their order, texts the commonest first; missing ones last.
    pooled
        Rows of all other values, too rare to be told.
    """

    told: list[Level]
    pooled: int


def column_levels(values: Array, most: int) -> Levels:
    """The values that stand for a column.

    Parameters
    ----------
    values : (n,) array from `read_columns`
    most
        Values at most, the missing one not counted.
    """
    gaps = np.asarray(pd.isna(values))
    present = values[~gaps]
    found = _texts(present, most) if values.dtype.kind == "O" else _strata(present, most)
    pooled = len(present) - sum(level.rows for level in found)
    if gaps.sum() >= FEWEST_ROWS:
        return Levels([*found, Level(None, int(gaps.sum()))], pooled)
    return Levels(found, pooled + int(gaps.sum()))


def _texts(present: Array, most: int) -> list[Level]:
    counts = pd.Series(present, dtype=object).value_counts().head(most)
    # Equal counts in the order of the texts, that nothing depends on the order of the rows.
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return [Level(text, int(rows)) for text, rows in ordered if rows >= FEWEST_ROWS]


def _strata(present: Array, most: int) -> list[Level]:
    """Values that many rows share, each alone, and all others in parts of equal size."""
    values, counts = np.unique(present, return_counts=True)
    common = counts >= max(FEWEST_ROWS, len(present) / most)
    rest = np.repeat(values[~common], counts[~common])
    parts = min(max(1, most - int(common.sum())), len(rest) // FEWEST_ROWS)
    found = list(zip(values[common], counts[common], strict=True))
    found += [(_told(part), len(part)) for part in np.array_split(rest, parts)] if parts else []
    merged = dict[Any, int]()
    for value, rows in sorted(found):
        merged[value] = merged.get(value, 0) + int(rows)
    return [Level(value, rows) for value, rows in merged.items()]


def _told(part: Array) -> Any:
    """The middle of a part where enough rows share it, else its mean."""
    middle = part[len(part) // 2]
    if (part == middle).sum() >= FEWEST_ROWS:
        return middle
    return _mean_moment(part) if part.dtype.kind == "M" else _mean_number(part)


def _mean_number(part: Array) -> Any:
    mean = part.mean()
    return np.float64(round(mean) if (part == np.floor(part)).all() else mean)


def _mean_moment(part: Array) -> Any:
    """Of whole days a day, else to the second."""
    mean = part[0] + (part - part[0]).mean()
    whole = (part == part.astype("datetime64[D]")).all()
    return mean.astype("datetime64[D]" if whole else "datetime64[s]").astype(part.dtype)


def missing_value(dtype: Any) -> Any:
    """What stands for missing in a column of this type; None in one of texts."""
    return {"f": np.nan, "M": np.datetime64("NaT")}.get(dtype.kind)
