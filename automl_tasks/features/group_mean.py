"""Owner's step: the mean of one column in the groups of another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.table import column
from automl_tasks.serve.steps.values import numbers, texts

from ._base import Step

__all__ = ["GroupMean"]


class GroupMean(Step):
    """Add ``mean(of by g)``, learned on training rows only.

    Parameters
    ----------
    by
        Column whose values, read as text, are the groups.
    of
        Column of numbers.
    """

    def __init__(self, by: str, of: str) -> None:
        super().__init__([by, of])
        self.by = by
        self.of = of

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        values = numbers(column(table, self.of))
        groups = texts(column(table, self.by))
        known = ~np.isnan(values)
        means = pd.Series(values[known]).groupby(groups[known]).mean()
        return {
            "kind": "group_mean",
            "by": self.by,
            "of": self.of,
            "means": {str(group): float(mean) for group, mean in means.items()},
            "overall": float(values[known].mean()) if known.any() else 0.0,
        }
