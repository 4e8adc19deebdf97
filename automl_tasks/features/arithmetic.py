"""Owner's steps that compute with columns of the same row."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_tasks.serve.steps import Table

from ._base import Step

__all__ = ["Difference", "Log", "Ratio"]


class Log(Step):
    """Add ``log(x)`` of each column: sign(x) · ln(1 + |x|)."""

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        return {"kind": "log", "columns": self._columns(table)}


class Ratio(Step):
    """Add ``a/b`` of two columns; missing where b is zero."""

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        return {"kind": "ratio", "columns": self._columns(table)[:2]}


class Difference(Step):
    """Add ``a-b`` of two columns; of dates in days."""

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        return {"kind": "difference", "columns": self._columns(table)[:2]}
