"""What whole columns hold; shared by the suite's inference and its checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ColumnKind", "empty_columns", "infinite_columns", "kind_of", "mistyped_columns"]

ColumnKind = Literal["number", "date", "text"]


def kind_of(values: pd.Series[Any]) -> ColumnKind:
    """Number, date or text, by the column's dtype."""
    kinds: dict[str, ColumnKind] = {"i": "number", "f": "number", "u": "number", "b": "number"}
    return "date" if values.dtype.kind == "M" else kinds.get(values.dtype.kind, "text")


def empty_columns(frame: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    """Columns without a single value."""
    missing = frame.isna().all()
    return [name for name in columns if name in frame.columns and missing[name]]


def infinite_columns(frame: pd.DataFrame, columns: Iterable[str]) -> dict[str, int]:
    """Number of infinite values of each column that has some."""
    import numpy as np

    floats = frame.select_dtypes("float")
    counts = dict(zip(floats.columns, np.isinf(floats.to_numpy()).sum(axis=0), strict=True))
    return {name: int(counts[name]) for name in columns if counts.get(name)}


def mistyped_columns(frame: pd.DataFrame, kinds: Mapping[str, str]) -> list[str]:
    """Columns that are there, hold values, and are not of their kind."""
    wrong = [
        name
        for name, kind in kinds.items()
        if name in frame.columns and kind_of(frame[name]) != kind
    ]
    empty = set(empty_columns(frame[wrong], wrong))
    return [name for name in wrong if name not in empty]
