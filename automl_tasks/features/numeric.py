"""Numbers filled and scaled, for linear models, neural nets and distances."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.table import column
from automl_tasks.serve.steps.values import numbers

from ._base import Step

__all__ = ["Piecewise", "Scale"]

How = Literal["standard", "robust", "normal"]

_QUANTILES = 101
# A column whose spread is over three times what its quartiles say has heavy tails.
_HEAVY_TAIL = 3.0
_QUARTILE_DISTANCE = 1.349  # of a normal distribution, in deviations
_MOST_PARTS = 400


class Scale(Step):
    """Median for missing values and ``x:missing`` where there were any, then one scale.

    Parameters
    ----------
    columns
        Default: all columns of numbers, but not those of zeros and ones.
    how
        ``standard``: mean and deviation, or normal quantiles for heavy tails. ``robust``: median
        and quartiles, the tails bent smoothly towards ±3 (Holzmüller et al. 2024, RealMLP).
        ``normal``: normal quantiles, whatever the tails.
    """

    def __init__(self, columns: list[str] | None = None, how: How = "standard") -> None:
        super().__init__(columns)
        self.how = how

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        return {
            "kind": "scale",
            "columns": {
                name: _scaling(column(table, name), self.how) for name in self._columns(table)
            },
        }

    def _columns(self, table: Table) -> list[str]:
        columns = super()._columns(table)
        if self.columns is not None:
            return columns
        return [name for name in columns if table[name].dtype.kind in "iuf"]


def _scaling(values: Any, how: How) -> dict[str, Any]:
    array = numbers(values)
    present = array[~np.isnan(array)]
    if len(present) == 0:
        return {"median": 0.0, "mean": 0.0, "deviation": 1.0, "indicator": False}
    median = float(np.median(present))
    filled = np.where(np.isnan(array), median, array)
    deviation = float(filled.std())
    low, high = np.quantile(present, [0.25, 0.75])
    spread = float(high - low) / _QUARTILE_DISTANCE
    scaling: dict[str, Any] = {
        "median": median,
        "mean": float(filled.mean()),
        "deviation": deviation if np.isfinite(deviation) and deviation > 0 else 1.0,
        "indicator": len(present) < len(array),
    }
    if how == "robust":
        # Where half of the rows have one value, quartiles say nothing.
        return scaling | {"bent": True} | ({"mean": median, "deviation": spread} if spread else {})
    if how == "normal" or not np.isfinite(deviation) or deviation > _HEAVY_TAIL * spread > 0:
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


class Piecewise(Step):
    """Add ``x:part0`` … of numbers: how far the value has come through each interval.

    Linear functions of them are continuous and piecewise linear in the column, with knots at its
    quantiles (piecewise-linear encoding, Gorishniy et al. 2022).

    Parameters
    ----------
    columns
        Columns of numbers, missing values filled.
    intervals
        Of each column, at most; fewer with many columns or few distinct values.
    """

    def __init__(self, columns: list[str] | None = None, intervals: int = 8) -> None:
        super().__init__(columns)
        self.intervals = intervals

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        names = self._columns(table)
        intervals = min(self.intervals, _MOST_PARTS // max(len(names), 1))
        knots = {name: _knots(column(table, name), intervals) for name in names}
        return {"kind": "piecewise", "knots": {name: at for name, at in knots.items() if at}}


def _knots(values: Any, intervals: int) -> list[float]:
    """Quantiles that bound the intervals; none where one straight line says as much."""
    array = numbers(values)
    present = array[~np.isnan(array)]
    if len(present) == 0 or intervals < 2:
        return []
    shares = np.linspace(0, 1, intervals + 1)
    knots = np.unique(np.quantile(present, shares, method="inverted_cdf").astype(np.float32))
    return [float(knot) for knot in knots] if len(knots) > 2 else []
