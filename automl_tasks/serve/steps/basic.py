"""First and last steps: read raw columns, choose and order the features."""

from __future__ import annotations

from typing import Any

import numpy as np

from .table import Table, column, register
from .values import Texts, moments, numbers

__all__ = ["read", "select"]

_READERS = {"number": numbers, "text": Texts.of, "moment": moments}


@register("read")
def read(state: dict[str, Any], table: Table) -> Table:
    """Keep the columns that are needed, each in its one type; an absent column is all missing."""
    return {name: _READERS[kind](column(table, name)) for name, kind in state["columns"].items()}


@register("select")
def select(state: dict[str, Any], table: Table) -> Table:
    """The features in the order and number types (float32, float64, int32, object) of training."""
    return {
        name: np.asarray(table[name]).astype(dtype, copy=False)
        for name, dtype in state["columns"].items()
    }
