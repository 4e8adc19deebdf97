"""First and last steps: read raw columns, choose and order the features."""

from __future__ import annotations

from typing import Any

import numpy as np

from .table import AsRead, Table, column, prepares, register
from .values import Texts, moments, numbers

__all__ = ["READERS", "read", "select"]

READERS = {"number": numbers, "text": Texts.of, "moment": moments}


@register("read")
def read(state: dict[str, Any], table: Table) -> Table:
    """Keep the columns that are needed, each in its one type; an absent column is all missing."""
    if isinstance(table, AsRead):
        return {name: table[name] for name in state["columns"]}
    return {name: READERS[kind](column(table, name)) for name, kind in state["columns"].items()}


@prepares("select")
def _types(state: dict[str, Any]) -> dict[str, np.dtype[Any]]:
    return {name: np.dtype(dtype) for name, dtype in state["columns"].items()}


@register("select")
def select(types: dict[str, np.dtype[Any]], table: Table) -> Table:
    """The features in the order and number types (float32, float64, int32, object) of training."""
    chosen = {name: table[name] for name in types}
    others: dict[np.dtype[Any], list[str]] = {}
    for name, dtype in types.items():
        if chosen[name].dtype is not dtype or type(chosen[name]) is not np.ndarray:
            others.setdefault(dtype, []).append(name)
    for dtype, names in others.items():
        # At once: of one row, to convert hundreds of columns takes longer than to predict.
        made = np.concatenate([chosen[name] for name in names], dtype=dtype, casting="unsafe")
        chosen.update(zip(names, made.reshape(len(names), -1), strict=True))
    return chosen
