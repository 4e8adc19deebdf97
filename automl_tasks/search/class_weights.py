"""Weights by which the probabilities of more than two classes become labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.label_metrics import LabelRows
from automl_tasks.search.measure import Labelling

__all__ = ["best_weights", "prior_weights"]

Array = NDArray[Any]

_POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)
_FACTORS = (0.6, 0.8, 0.9, 1.1, 1.25, 1.6)
_PASSES = 2
_LEAST_GAIN = 1e-4  # of one step


def prior_weights(rows: LabelRows) -> list[tuple[float, Array]]:
    """Weights that divide each probability by a power of its class's share, with their values.

    The power 0 is the most probable class, 1 the best for balanced accuracy when the
    probabilities are right.
    """
    shares = np.bincount(rows.y, rows.weight, minlength=rows.classes).astype(np.float64)
    # A class that does not occur keeps the weight of the rarest that does.
    shares = np.where(shares > 0, shares, shares[shares > 0].min()) / shares.max()
    each = [shares**-power for power in _POWERS]
    return [(rows.value((rows.probabilities * one).argmax(axis=1)), one) for one in each]


def best_weights(rows: LabelRows) -> Labelling:
    """Coordinate search from the best power of the class shares on, the rarest class first.

    A step must gain, and few are tried: more would fit the noise of these rows.
    """
    value, weights = max(prior_weights(rows), key=lambda pair: pair[0])
    rarest_first = np.argsort(np.bincount(rows.y, minlength=rows.classes), kind="stable")
    for code in np.tile(rarest_first, _PASSES):
        factor, value = _best_factor(rows, weights, value, int(code))
        weights = weights.copy()
        weights[code] *= factor
    return Labelling(weights=tuple((weights / weights.sum()).tolist()))


def _best_factor(rows: LabelRows, weights: Array, value: float, code: int) -> tuple[float, float]:
    """Factor of one class's weight, and the metric's value with it."""
    weighted = rows.probabilities * weights
    own = weighted[:, code].copy()
    weighted[:, code] = -1
    others = weighted.argmax(axis=1)
    highest = weighted[np.arange(len(own)), others]
    best = 1.0
    for factor in _FACTORS:
        reached = rows.value(np.where(own * factor > highest, code, others))
        if reached > value + _LEAST_GAIN:
            best, value = factor, reached
    return best, value
