"""What a feature step works on: columns as arrays, far cheaper for one row than a data frame."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from .values import FEW_ROWS, Texts

__all__ = [
    "STEPS",
    "AsRead",
    "Table",
    "apply_step",
    "bind",
    "column",
    "pack",
    "prepares",
    "register",
    "to_frame",
    "to_table",
    "unpack",
]

Table = dict[str, Any]
"""Column name to array of one common length (or pandas Series, before the step ``read``)."""


class AsRead(Table):
    """Columns that need not be read: they are what the step ``read`` makes of raw ones."""


State = dict[str, Any]
Apply = Callable[[Any, Table], Table]
Prepare = Callable[[State], Any]
Bound = Callable[[Table], Table]

STEPS: dict[str, Apply] = {}
_PREPARED: dict[str, Prepare] = {}


def register(kind: str) -> Callable[[Apply], Apply]:
    """Make a function the application of steps whose state has this ``kind``."""

    def add(apply: Apply) -> Apply:
        STEPS[kind] = apply
        return apply

    return add


def prepares(kind: str) -> Callable[[Prepare], Prepare]:
    """Make a function what turns the JSON of steps of this ``kind`` into what applies them fast.

    It is called once, however often the step is applied.
    """

    def add(prepare: Prepare) -> Prepare:
        _PREPARED[kind] = prepare
        return prepare

    return add


def bind(state: State) -> Bound:
    """The application of one fitted step; the input is not changed."""
    kind = state["kind"]
    prepare = _PREPARED.get(kind)
    return partial(STEPS[kind], state if prepare is None else prepare(state))


def apply_step(state: State, table: Table) -> Table:
    """Apply one fitted step once."""
    return bind(state)(table)


@prepares("several")
def _bound_steps(state: State) -> list[Bound]:
    return [bind(step) for step in state["steps"]]


@register("several")
def several(steps: list[Bound], table: Table) -> Table:
    """The steps of a list, one after the other."""
    for step in steps:
        table = step(table)
    return table


def to_table(frame: pd.DataFrame) -> Table:
    """Columns of `frame`; their names as text."""
    dtypes: list[Any] = list(frame.dtypes.array) if len(frame) <= FEW_ROWS else [None]
    if all(isinstance(dtype, np.dtype) and dtype.kind in "fiubMO" for dtype in dtypes):
        # To cut out column by column takes far longer than to predict.
        cells = frame.to_numpy(dtype=object).T
        names = map(str, frame.columns)
        parts = zip(names, cells, dtypes, strict=True)
        return {name: _typed(values, dtype) for name, values, dtype in parts}
    return {str(name): frame[name] for name in frame.columns}


def _typed(cells: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """A column of Python objects in the type that it had."""
    if dtype.kind == "M":
        return np.array([cell.to_datetime64() for cell in cells], dtype=dtype)
    return cells if dtype.kind == "O" else cells.astype(dtype)


def to_frame(table: Table, index: Any = None) -> pd.DataFrame:
    """Columns as a frame, without copying arrays together one by one."""
    # An owner's step may change its texts, which others read.
    own = {
        name: np.array(values) if isinstance(values, Texts) else values
        for name, values in table.items()
    }
    return pd.DataFrame(own, index=index, copy=False)


def column(table: Table, name: str) -> Any:
    """One column; all missing when the table has none of that name."""
    if name in table:
        return table[name]
    rows = len(next(iter(table.values()))) if table else 0
    return np.full(rows, np.nan)


def pack(array: np.ndarray) -> dict[str, Any]:
    """Array as strict JSON, exact to the bit: little-endian bytes in base64."""
    array = np.ascontiguousarray(array)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(array.tobytes()).decode("ascii")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def unpack(packed: dict[str, Any]) -> np.ndarray:
    """Inverse of `pack`."""
    content = base64.b64decode(packed["data"])
    return np.frombuffer(content, dtype=packed["dtype"]).reshape(packed["shape"])
