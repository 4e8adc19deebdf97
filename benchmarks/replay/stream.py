"""A table in the order of time, cut into windows of equally many rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Windows", "read_windows"]

_FIRST_SHARE = 0.2  # of the windows, known before the first model
_MOST_LEVELS = 1_000


@dataclass(frozen=True)
class Windows:
    """A stream.

    Attributes
    ----------
    X
        (rows, columns) features, numbers and categories.
    y
        (rows,) values or class codes.
    classes
        Number of classes; 0 for a regression.
    rows
        Of a window.
    first
        Number of windows that the first model learns from.
    count
        Number of windows; rows that are left over at the end are not used.
    """

    name: str
    X: pd.DataFrame
    y: NDArray[Any]
    classes: int
    rows: int
    first: int
    count: int

    def of(self, window: int) -> slice:
        """Rows of a window."""
        return slice(window * self.rows, (window + 1) * self.rows)


def read_windows(path: Path, target: str, task: str, rows: int) -> Windows:
    """Read a CSV file whose rows are in the order of time.

    Dates become numbers; texts of more than 1,000 levels are left out.
    """
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
    if target not in frame:
        raise SystemExit(f"{path} has no column {target!r}; there are {', '.join(frame)}")
    frame = frame.dropna(subset=[target]).reset_index(drop=True)
    values = frame.pop(target)
    if task == "regression":
        y, classes = values.to_numpy(dtype=np.float64), 0
    else:
        codes, levels = pd.factorize(values, sort=True)
        y, classes = codes.astype(np.int64), len(levels)
    return cut(path.name.split(".")[0], _features(frame), y, classes, rows)


def cut(
    name: str, X: pd.DataFrame, y: NDArray[Any], classes: int, rows: int, first: int | None = None
) -> Windows:
    """A stream of rows that are known already."""
    count = len(y) // rows
    if count < 5:
        raise SystemExit(f"{name}: {len(y):,} rows are fewer than five windows of {rows:,}")
    first = first or max(2, int(count * _FIRST_SHARE))
    return Windows(name, X, y, classes, rows, first, count)


def _features(frame: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for name, values in frame.items():
        if pd.api.types.is_numeric_dtype(values):
            columns[str(name)] = values
        elif values.nunique() <= _MOST_LEVELS:
            columns[str(name)] = values.astype("category")
        else:
            times = pd.to_datetime(values, errors="coerce", format="ISO8601")
            if times.notna().mean() > 0.9:
                columns[f"{name} hour"] = times.dt.hour
                columns[f"{name} weekday"] = times.dt.dayofweek
                columns[f"{name} day"] = times.dt.dayofyear
    return pd.DataFrame(columns)
