"""Cells as people send them, turned into what training's table would hold in their place.

Dates come as text, whole numbers as decimals or text, flags as booleans, and what is missing under
many names. What training would have refused or read as something else is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isnan
from typing import Any, Literal

import numpy as np
import pandas as pd

from automl_tasks.serve.errors import BadInput
from automl_tasks.serve.steps.values import moments, numbers

__all__ = ["YEARS", "Column", "Kind", "as_stored", "is_plain"]

Array = np.ndarray[Any, Any]
Kind = Literal["number", "moment", "text"]

_FEW_ROWS = 256
_WHOLE = 2.0**53  # beyond it a float does not hold every whole number
_STRUCTURES = (list, tuple, dict, set, frozenset, np.ndarray)
# How pandas, Python and JSON spell what is missing, when cells became text on their way.
_NOTHING = frozenset({"", "nan", "nat", "none", "null", "<na>"})
_DATE = re.compile(r"(\d{4,})-\d{2}-\d{2}")
YEARS = range(1678, 2262)  # of which 64 bits hold every nanosecond
# Kinds of NumPy types that are taken, or refused, as a whole.
_TYPED = {"number": "fiubM", "moment": "fiub", "text": "fiuM"}
_ONE = {"number": "number", "moment": "date as ISO 8601 writes it"}
_MANY = {"number": "numbers", "moment": "dates"}


@dataclass(frozen=True)
class Column:
    """One raw input column.

    Attributes
    ----------
    kind
        How the feature steps read it; they convert from anything that can be read so.
    required
        Training saw a value in every row, so rows without the column are refused.
    stored
        What training's table held. Where that is what is read, values that cannot be read are
        refused; elsewhere they count as missing. None in packages from before this was kept.
    booleans
        How training's texts spell false and true.
    gaps
        Numbers that meant missing where training's source spelled them.
    """

    name: str
    kind: Kind
    required: bool = True
    stored: Kind | None = None
    booleans: Sequence[str] = ("False", "True")
    gaps: Sequence[float] = ()

    @property
    def strict(self) -> bool:
        return self.stored == self.kind != "text"


def is_plain(dtype: Any, column: Column) -> bool:
    """Whether the feature steps read values of this type as training's table holds them."""
    if column.kind == "moment":  # NumPy knows no zones, so Arrow's moments go cell by cell
        return bool(dtype.kind == "M" and not isinstance(dtype, pd.ArrowDtype))
    if column.gaps:
        return False
    return bool(dtype.kind in ("fiub" if column.kind == "number" else "fiuM"))


def as_stored(values: pd.Series, column: Column, missing: frozenset[str]) -> Any:
    """The cells of a column that is not plain, as training's table would hold them.

    Parameters
    ----------
    missing
        Texts that mean missing; blanks around them do not count.

    Returns
    -------
    Series or array
        `values` itself where nothing is to change.

    Raises
    ------
    BadInput
        Naming the column, and the row of a cell that cannot be read.
    """
    kind = values.dtype.kind
    if kind == "m":  # in seconds, as the reader of sources does
        values, kind = pd.Series(pd.to_timedelta(values).dt.total_seconds()), "f"
    if kind == "c":
        raise BadInput(f"column {column.name!r} holds complex numbers")
    if kind in _TYPED[column.kind]:
        return _typed(values, column)
    if column.kind == "text" and column.stored != "number" and _are_texts(values, missing):
        return values
    levels, positions = _distinct(values)
    cells = np.array([_present(level, column, missing) for level in levels], dtype=object)
    if column.kind != "text":
        return _taken(_read(cells, positions, column), positions)
    spelled = [_spelled(cell, column) for cell in cells]
    if all(new is old for new, old in zip(spelled, levels, strict=True)):
        return values
    made = np.empty(len(spelled), dtype=object)
    made[:] = spelled
    return _taken(made, positions)


def _are_texts(values: pd.Series, missing: frozenset[str]) -> bool:
    """Whether all cells are texts or gaps, and no text means missing."""
    if values.dtype != object:
        return False
    cells = values.to_numpy()
    texts = [cell for cell in cells if type(cell) is str]
    others = (cell for cell in cells if type(cell) is not str) if len(texts) < len(cells) else ()
    gaps = all(cell is None or (type(cell) is float and isnan(cell)) for cell in others)
    return gaps and missing.isdisjoint(map(str.strip, texts))


def _typed(values: pd.Series, column: Column) -> pd.Series:
    """Numbers without those that mean missing, or dates."""
    held = "moment" if values.dtype.kind == "M" else "number"
    if column.strict and held != column.kind and values.notna().any():
        words = f"{_MANY[column.kind]}, not {_MANY[held]}"
        raise BadInput(f"column {column.name!r} must hold {words}")
    gaps = values.isin(list(column.gaps)) if column.gaps and held == "number" else None
    return values if gaps is None or not gaps.any() else values.where(~gaps)


def _distinct(values: pd.Series) -> tuple[Array, Array]:
    """Distinct cells, and the position of each row's among them; -1 for missing ones.

    Of few rows every cell stands for itself.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.categories.to_numpy(dtype=object), values.cat.codes.to_numpy()
    cells = values.to_numpy(dtype=object)
    if len(cells) > _FEW_ROWS:
        try:
            positions, levels = pd.factorize(cells)
        except TypeError:  # lists and the like, which are refused one by one
            return cells, np.arange(len(cells))
        return levels, positions
    return cells, np.arange(len(cells))


def _taken(levels: Array, positions: Array) -> Array:
    nothing = np.array([np.datetime64("NaT") if levels.dtype.kind == "M" else None])
    return np.append(levels, nothing.astype(levels.dtype))[positions]


def _present(cell: Any, column: Column, missing: frozenset[str]) -> Any:
    """The cell, or None where it means missing; decimals as floats."""
    if isinstance(cell, str):
        return None if cell.strip() in missing else cell
    if isinstance(cell, Decimal):
        cell = None if cell.is_nan() else float(cell)
    if isinstance(cell, _STRUCTURES):
        raise BadInput(f"column {column.name!r} holds a {type(cell).__name__} in place of a value")
    return None if pd.isna(cell) or (column.gaps and cell in column.gaps) else cell


def _read(cells: Array, positions: Array, column: Column) -> Array:
    """Cells as numbers or moments."""
    if column.kind == "moment":
        cells = np.array([_stripped(cell) for cell in cells], dtype=object)
    read = numbers(cells) if column.kind == "number" else moments(cells)
    if column.strict:
        unread = np.flatnonzero(pd.isna(read) & ~pd.isna(cells))
        wrong = [at for at in unread if not _is_nothing(cells[at], column.kind)]
        if wrong:
            row = int(np.flatnonzero(np.isin(positions, wrong))[0])
            raise BadInput(
                f"column {column.name!r} must hold {_MANY[column.kind]}: row {row}, counted from "
                f"0, has no {_ONE[column.kind]}"
            )
    return read


def _stripped(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell


def _is_nothing(cell: Any, kind: Kind) -> bool:
    """Whether training would have had a gap for a cell that gave no value."""
    text = str(cell).strip()
    if text.lower() in _NOTHING:
        return True
    if kind == "moment":
        date = _DATE.match(text)
        return date is not None and int(date[1]) not in YEARS
    try:
        float(text)  # infinite, or as good as that
    except ValueError:
        return False
    return "_" not in text


def _spelled(cell: Any, column: Column) -> Any:
    """A cell as the text that training had, or as what reads so."""
    if isinstance(cell, bool | np.bool_) and column.stored != "number":
        return column.booleans[int(cell)]
    if column.stored == "number" and isinstance(cell, str | bool | np.bool_):
        value = float(numbers(np.array([cell], dtype=object))[0])
        return value if abs(value) < _WHOLE else cell  # NaN is not below
    return cell
