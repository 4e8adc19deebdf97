"""One reading of raw values, whatever type they come in: numbers, texts or moments.

A consumer may send whole numbers where training saw decimals, text where it saw dates, a frame
with nullable types or Python objects. Training and prediction both read through these functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from math import isnan
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "FEW_ROWS",
    "LARGEST",
    "Texts",
    "levels_of",
    "missing",
    "moments",
    "numbers",
    "text_of",
    "texts",
]

FEW_ROWS = 8
"""As many are read cell by cell, which takes less time than to make columns of them."""

_MANY_ROWS = 256
_PLAIN_NUMBERS = frozenset(map(np.dtype, ("float64", "float32", "int64", "int32", "bool")))
_NUMBERS = frozenset({float, int, type(None)})
_TEXTS = frozenset({str, type(None)})
# Read alike by NumPy, which is a hundred times as quick with one of them, and pandas.
_PLAIN_MOMENT = re.compile(r"(?:1[789]|2[01])\d\d-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
LARGEST = float(np.finfo(np.float32).max)
_BOOLEAN_TEXTS = {"true": 1.0, "false": 0.0}


def numbers(values: Any) -> np.ndarray:
    """Values as float64; missing, infinite and unreadable ones as NaN, durations in days."""
    if isinstance(values, np.ndarray | pd.Series) and values.dtype in _PLAIN_NUMBERS:
        return _finite(np.asarray(values, dtype=np.float64))
    if (cells := _few_cells(values)) is not None and _NUMBERS.issuperset(map(type, cells)):
        return _finite(np.array(cells, dtype=np.float64))
    series = pd.Series(values, copy=False)
    kind = series.dtype.kind
    if kind == "m":
        return np.asarray(series.to_numpy() / np.timedelta64(1, "D"), dtype=np.float64)
    if kind in "biuf":
        return _finite(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if kind == "M":
        return np.full(len(series), np.nan)
    return _finite(_parsed(series))


def _few_cells(values: Any) -> list[Any] | None:
    """Python objects of a few rows, which are read faster one by one; None of all else."""
    if isinstance(values, np.ndarray | pd.Series) and values.dtype == object:
        return values.tolist() if len(values) <= FEW_ROWS else None
    return None


def _is_plain_moment(cell: Any) -> bool:
    return cell is None or (type(cell) is str and _PLAIN_MOMENT.fullmatch(cell) is not None)


def _parsed(series: pd.Series) -> np.ndarray:
    values = series.to_numpy(dtype=object)
    array = np.array(pd.to_numeric(pd.Series(values), errors="coerce"), dtype=np.float64)
    unread = np.flatnonzero(np.isnan(array) & ~pd.isna(values))
    array[unread] = [
        _BOOLEAN_TEXTS.get(str(value).strip().lower(), np.nan) for value in values[unread]
    ]
    return array


def _finite(array: np.ndarray) -> np.ndarray:
    # Beyond float32, in which most models compute, a number is as good as infinite.
    if len(array) <= FEW_ROWS and not any(abs(cell) > LARGEST for cell in array.tolist()):
        return array
    infinite = np.abs(array) > LARGEST
    return np.where(infinite, np.nan, array) if infinite.any() else array


class Texts(np.ndarray):
    """What `texts` gave and nobody changes, so that it is read and sorted into levels once."""

    _forms: dict[str, Any] | None = None

    @classmethod
    def of(cls, values: Any) -> Texts:
        """Values read by `texts`."""
        return cls._holding(texts(values))

    @classmethod
    def of_cells(cls, cells: list[str | None]) -> Texts:
        """Texts, None where missing."""
        return cls._holding(_objects(cells))

    @classmethod
    def _holding(cls, array: np.ndarray) -> Texts:
        made = array.view(cls)
        made.flags.writeable = False
        return made

    def once(self, form: str, make: Callable[[np.ndarray], Any]) -> Any:
        """What `make` makes of the texts, or made before under the same `form`."""
        if self._forms is None:
            self._forms = {}
        if form not in self._forms:
            self._forms[form] = make(np.asarray(self))
        return self._forms[form]


def levels_of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position of each text among the levels, -1 for missing ones, and the levels."""
    if isinstance(values, Texts):
        found: tuple[np.ndarray, np.ndarray] = values.once("levels", levels_of)
        return found
    positions, levels = pd.factorize(values)
    return positions, np.asarray(levels, dtype=object)


def texts(values: Any) -> np.ndarray:
    """Values as an object array of str, missing ones as None; to be changed only as a copy.

    Whole numbers read the same whether they arrive as int or float: 5, 5.0 and "5" are "5".
    """
    if isinstance(values, Texts) and values.dtype == object:
        return values
    if (cells := _few_texts(values)) is not None:
        return _objects(cells)
    series = pd.Series(values, copy=False)
    if isinstance(series.dtype, pd.CategoricalDtype):
        names = np.append(texts(series.cat.categories.to_numpy()), [None])
        return np.asarray(names[series.cat.codes.to_numpy()], dtype=object)
    if series.dtype.kind in "biuf" and len(series) > _MANY_ROWS:
        positions, levels = pd.factorize(series)
        # factorize says -1 for missing, which picks the last entry
        return np.asarray(
            np.array([*map(text_of, np.asarray(levels, dtype=object)), None], dtype=object)[
                positions
            ]
        )
    array = series.to_numpy(dtype=object, copy=True)
    absent = series.isna().to_numpy()
    array[absent] = None
    if series.dtype == object and _all_text(array):
        return array
    present = np.flatnonzero(~absent)
    for row in present:
        array[row] = text_of(array[row])
    return array


def _few_texts(values: Any) -> list[str | None] | None:
    """Texts of a few plain cells; None of all else."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf" and len(values) <= FEW_ROWS:
        return [None if isnan(cell) else text_of(cell) for cell in values.tolist()]
    cells = _few_cells(values)
    return cells if cells is not None and _TEXTS.issuperset(map(type, cells)) else None


def _objects(cells: list[Any]) -> np.ndarray:
    made = np.empty(len(cells), dtype=object)
    made[:] = cells
    return made


def _all_text(array: np.ndarray) -> bool:
    return pd.api.types.infer_dtype(array, skipna=True) in ("string", "empty")


def text_of(value: Any) -> str:
    """A value as text, whole numbers without a point."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def moments(values: Any) -> np.ndarray:
    """Values as datetime64[us] in UTC without zone; missing and unreadable ones as NaT."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "M":
        return np.asarray(values).astype("datetime64[us]")
    if (cells := _few_cells(values)) is not None and all(map(_is_plain_moment, cells)):
        with suppress(ValueError):  # no such day
            return np.array(cells, dtype="datetime64[us]")
    series = pd.Series(values, copy=False)
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    if series.dtype.kind == "M":
        return np.asarray(series.to_numpy(), dtype="datetime64[us]")
    if series.dtype.kind in "biufm":
        return np.full(len(series), np.datetime64("NaT"), dtype="datetime64[us]")
    read = pd.to_datetime(series.astype(object), errors="coerce", format="ISO8601", utc=True)
    return np.asarray(read.dt.tz_localize(None).to_numpy(), dtype="datetime64[us]")


def missing(array: np.ndarray) -> np.ndarray:
    """Which entries of a read column are missing."""
    return np.asarray(pd.isna(array))
