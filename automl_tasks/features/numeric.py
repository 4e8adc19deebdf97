"""Numbers filled and scaled, for linear models."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.table import column
from automl_tasks.serve.steps.values import numbers

from ._base import Step

__all__ = ["Scale"]

_QUANTILES = 101
# A column whose spread is over three times what its quartiles say has heavy tails.
_HEAVY_TAIL = 3.0
_QUARTILE_DISTANCE = 1.349  # of a normal distribution, in deviations


class Scale(Step):
    """Median for missing values, then a standard scale, or normal quantiles for heavy tails.

    Parameters
    ----------
    columns
        Default: all columns of numbers, but not those of zeros and ones.
    """

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        return {
            "kind": "scale",
            "columns": {name: _scaling(column(table, name)) for name in self._columns(table)},
        }

    def _columns(self, table: Table) -> list[str]:
        columns = super()._columns(table)
        if self.columns is not None:
            return columns
        return [name for name in columns if table[name].dtype.kind in "iuf"]


def _scaling(values: Any) -> dict[str, Any]:
    array = numbers(values)
    present = array[~np.isnan(array)]
    if len(present) == 0:
        return {"median": 0.0, "mean": 0.0, "deviation": 1.0, "indicator": False}
    median = float(np.median(present))
    filled = np.where(np.isnan(array), median, array)
    deviation = float(filled.std())
    scaling: dict[str, Any] = {
        "median": median,
        "mean": float(filled.mean()),
        "deviation": deviation if np.isfinite(deviation) and deviation > 0 else 1.0,
        "indicator": len(present) < len(array),
    }
    low, high = np.quantile(present, [0.25, 0.75])
    if (
        not np.isfinite(deviation)
        or deviation > _HEAVY_TAIL * (high - low) / _QUARTILE_DISTANCE > 0
    ):
        scaling |= _normal_quantiles(present)
    return scaling


def _normal_quantiles(present: np.ndarray) -> dict[str, list[float]]:
    """Grid from values to normal scores, the ends held at the 0.05 % tails."""
    shares = np.linspace(0, 1, _QUANTILES)
    values = np.quantile(present, shares)
    scores = np.array([NormalDist().inv_cdf(share) for share in np.clip(shares, 5e-4, 1 - 5e-4)])
    levels, first = np.unique(values, return_index=True)
    # Ties share the middle of their scores.
    ends = np.append(first[1:], len(values))
    middle = [float(scores[start:end].mean()) for start, end in zip(first, ends, strict=True)]
    return {"quantiles": [float(level) for level in levels], "scores": middle}
