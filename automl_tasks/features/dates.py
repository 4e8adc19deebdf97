"""Dates for the models."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.dates import PARTS, part_of
from automl_tasks.serve.steps.table import column
from automl_tasks.serve.steps.values import moments

from ._base import Step

__all__ = ["Dates"]


class Dates(Step):
    """Add the calendar parts that vary in training, and the days since its earliest moment.

    Parameters
    ----------
    cyclic
        Months, days, weekdays and hours as sine and cosine, so that December is near January.
    """

    def __init__(self, columns: list[str] | None = None, cyclic: bool = False) -> None:
        super().__init__(columns)
        self.cyclic = cyclic

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        columns = {name: _calendar(column(table, name)) for name in self._columns(table)}
        return {"kind": "dates", "cyclic": self.cyclic, "columns": columns}


def _calendar(values: Any) -> dict[str, Any]:
    read = moments(values)
    present = read[~np.isnat(read)]
    if len(present) == 0:
        return {"origin": "1970-01-01T00:00:00.000000", "parts": []}
    origin = present.min()
    parts = [part for part in PARTS if np.ptp(part_of(part, present, origin)) > 0]
    return {"origin": str(origin), "parts": parts}
