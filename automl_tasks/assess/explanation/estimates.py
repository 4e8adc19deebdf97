"""Numbers with the range in which other rows would put them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

__all__ = ["Estimate", "jackknife_estimate", "mean_estimate"]

_PARTS = 20
_Z = 1.959964

Array = NDArray[Any]


class Estimate(BaseModel):
    """A value and its 95 % interval over rows."""

    value: float
    low: float
    high: float


def mean_estimate(values: Array) -> Estimate:
    """Mean of (n,) values of independent rows."""
    if len(values) < 2:
        return _around(float(values.mean()), 0.0, 1)
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    return _around(float(values.mean()), error, len(values) - 1)


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
        return _around(value, 0.0, 1)
    error = float(np.sqrt((len(without) - 1) * without.var()))
    return _around(value, error, len(without) - 1)


def _around(value: float, error: float, freedom: int) -> Estimate:
    wide = _student(freedom) * error
    return Estimate(value=value, low=value - wide, high=value + wide)


def _student(freedom: int) -> float:
    """97.5 % quantile of Student's t, to 1 % from 4 degrees of freedom on.

    References
    ----------
    Abramowitz, Stegun (1964): Handbook of mathematical functions, 26.7.5.
    """
    first = (_Z**3 + _Z) / 4
    second = (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96
    return _Z + first / freedom + second / freedom**2
