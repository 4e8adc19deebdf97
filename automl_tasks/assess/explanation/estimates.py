"""Numbers with the range in which other rows would put them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

__all__ = ["Estimate", "jackknife_estimate", "mean_estimate"]

_PARTS = 20
_NORMAL = 1.96

Array = NDArray[Any]


class Estimate(BaseModel):
    """A value and its 95 % interval over rows."""

    value: float
    low: float
    high: float


def mean_estimate(values: Array) -> Estimate:
    """Mean of (n,) values of independent rows."""
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return _around(float(values.mean()), error)


def jackknife_estimate(statistic: Callable[[Array], float], rows: int) -> Estimate | None:
    """A statistic of rows, with the interval that leaving out each twentieth of them gives.

    Parameters
    ----------
    statistic
        Of the positions (m,) of some of the rows; NaN where they do not determine it.

    Returns
    -------
    Estimate or None
        None where all rows do not determine the statistic.

    References
    ----------
    Shao, Tu (1995): The jackknife and bootstrap, section 2.3 (delete-d jackknife).
    """
    every = np.arange(rows)
    value = statistic(every)
    if np.isnan(value):
        return None
    count = min(_PARTS, rows)
    without = np.array([statistic(every[every % count != part]) for part in range(count)])
    without = without[~np.isnan(without)]
    if len(without) < 2:
        return _around(value, 0.0)
    return _around(value, float(np.sqrt((len(without) - 1) * without.var())))


def _around(value: float, error: float) -> Estimate:
    return Estimate(value=value, low=value - _NORMAL * error, high=value + _NORMAL * error)
