"""Whether two predictions of the same rows differ by more than these rows can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

ROUNDS = 200
CERTAIN = 2.0  # standard errors


@dataclass(frozen=True)
class Difference:
    """How much larger the second loss is than the first, and the standard error of that."""

    value: float
    error: float

    @property
    def verdict(self) -> str:
        """``worse`` or ``better`` where the second surely is, else ``equal``."""
        if abs(self.value) <= CERTAIN * self.error:
            return "equal"
        return "worse" if self.value > 0 else "better"


def difference(
    metric: str, y: Array, first: Array, second: Array, *, rounds: int = ROUNDS, seed: int = 0
) -> Difference:
    """Paired bootstrap: each round draws test rows once, and scores both predictions on them.

    Parameters
    ----------
    metric
        Name of ours; its loss is compared.
    y
        (n,) values or class codes.
    first, second
        (n,) values or (n, classes) probabilities.
    """
    from automl_tasks.search import loss

    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(rounds):
        # How often each row was drawn is its weight: nothing is copied or sorted anew.
        times = np.bincount(rng.integers(0, len(y), len(y)), minlength=len(y)).astype(float)
        drawn.append(loss(metric, y, second, times) - loss(metric, y, first, times))
    value = loss(metric, y, second) - loss(metric, y, first)
    return Difference(value, float(np.nanstd(drawn)))


def mean_interval(
    values: list[float], *, rounds: int = 2_000, seed: int = 0
) -> tuple[float, float, float]:
    """Mean, and the 2.5 and 97.5 % points of the means of resampled values."""
    found = np.asarray(values, dtype=float)
    drawn = np.random.default_rng(seed).integers(0, len(found), (rounds, len(found)))
    low, high = np.percentile(found[drawn].mean(axis=1), [2.5, 97.5])
    return float(found.mean()), float(low), float(high)
