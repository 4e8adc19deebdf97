"""First and last steps of a pipeline."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_tasks.problem import Role
from automl_tasks.serve.steps import Table

from ._base import Step

__all__ = ["Read", "Select"]

# Beyond this float32 no longer tells whole numbers apart.
_FLOAT32_WHOLE = 2.0**24


class Read(Step):
    """Read raw columns as numbers, texts or moments, by their roles."""

    def __init__(
        self, columns: list[str] | None = None, roles: dict[str, Role] | None = None
    ) -> None:
        super().__init__(columns)
        self.roles = roles

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        roles = self.roles or {}
        return {
            "kind": "read",
            "columns": {name: _reader(roles.get(name, "numeric")) for name in self._columns(table)},
        }


def _reader(role: Role) -> str:
    return {"numeric": "number", "datetime": "moment"}.get(role, "text")


class Select(Step):
    """Order and type the features; drop those that never vary in training."""

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        return {
            "kind": "select",
            "columns": {
                name: _dtype(table[name])
                for name in self._columns(table)
                if _varies(np.asarray(table[name]))
            },
        }


def _varies(array: np.ndarray) -> bool:
    if len(array) == 0:
        return False
    same = array == array[0]
    if array.dtype.kind == "f" and np.isnan(array[0]):
        same = np.isnan(array)
    return not bool(same.all())


def _dtype(values: Any) -> str:
    array = np.asarray(values)
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            large = bool((np.abs(array) >= _FLOAT32_WHOLE).any())
        return "float64" if large and array.dtype == np.float64 else "float32"
    return (
        "object" if array.dtype.kind == "O" else "int32" if array.dtype.kind in "iu" else "float32"
    )
