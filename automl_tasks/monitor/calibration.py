"""Makes a champion's probabilities mean what they say, by the labels of its holdout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "Kind", "fit_calibration", "suited_kind"]

Array = NDArray[Any]
Calibration = Callable[[Array], Array]  # (n, classes) probabilities to (n, classes)
Kind = Literal["isotonic", "platt", "temperature"]

# (rows, rows of the rarest class) from which a kind is taken. Isotonic steps follow the noise of a
# few thousand rows, which makes estimates too good, and end where the holdout's scores end.
_ENOUGH: dict[Kind, tuple[int, int]] = {"isotonic": (10_000, 500), "platt": (1_000, 50)}
_SMALLEST, _STEPS = 1e-6, 25


def suited_kind(truth: Array, classes: int) -> Kind:
    """Isotonic where rows suffice for its many steps, else a curve of one or two parameters."""
    counts = np.bincount(truth, minlength=classes)
    have = (len(truth), int(counts[counts > 0].min()))
    for kind, needed in _ENOUGH.items():
        if have[0] >= needed[0] and have[1] >= needed[1]:
            return kind
    return "platt" if classes == 2 else "temperature"


def fit_calibration(
    kind: Kind, truth: Array, probabilities: Array, weight: Array | None = None
) -> Calibration:
    """Calibration that suits the weighted rows best.

    Parameters
    ----------
    truth
        (n,) class codes.
    probabilities
        (n, classes), finite.
    weight
        (n,), not all 0; None: all equal.

    References
    ----------
    Zadrozny, Elkan (2002): isotonic, and one class against the rest for many classes; Platt (1999);
    Guo et al. (2017): temperature.
    """
    weight = np.ones(len(truth)) if weight is None else weight
    used = weight > 0
    truth, probabilities, weight = truth[used], probabilities[used], weight[used]
    if kind == "temperature":
        return _temperature(truth, probabilities, weight)
    fit = _isotonic if kind == "isotonic" else _platt
    if probabilities.shape[1] == 2:
        curve = fit(truth == 1, probabilities[:, 1], weight)
        return lambda given: _both(curve(given[:, 1]))
    curves = [
        fit(truth == code, probabilities[:, code], weight) for code in range(probabilities.shape[1])
    ]
    return lambda given: _normalised(
        np.column_stack([curve(given[:, code]) for code, curve in enumerate(curves)]), given
    )


def _isotonic(positive: Array, scores: Array, weight: Array) -> Callable[[Array], Array]:
    from scipy.optimize import isotonic_regression

    distinct, place = np.unique(scores, return_inverse=True)
    rows = np.bincount(place, weight)
    shares = np.bincount(place, weight * positive) / rows
    steps = isotonic_regression(shares, weights=rows).x
    return lambda given: np.interp(given, distinct, steps)


def _platt(positive: Array, scores: Array, weight: Array) -> Callable[[Array], Array]:
    """Logistic curve of the log-odds by Newton's method.

    One row's worth of belief in the probabilities as they are keeps perfectly separated classes
    from making it infinitely steep.
    """
    design = np.column_stack([_log_odds(scores), np.ones(len(scores))])
    start = np.array([1.0, 0.0])
    found = start
    for _ in range(_STEPS):
        expected = _logistic(design @ found)
        slope = design.T @ (weight * (expected - positive)) + found - start
        curvature = (design.T * (weight * expected * (1 - expected))) @ design + np.eye(2)
        step = np.linalg.solve(curvature, slope)
        # A long step may overshoot where the curve is flat.
        found = found - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-8:
            break
    return lambda given: _logistic(found[0] * _log_odds(given) + found[1])


def _temperature(truth: Array, probabilities: Array, weight: Array) -> Calibration:
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(truth))

    def surprise(log_power: float) -> float:
        own = _powered(probabilities, np.exp(log_power))[rows, truth]
        return -float(weight @ np.log(np.maximum(own, _SMALLEST)))

    found = minimize_scalar(surprise, bounds=(-3.0, 3.0), method="bounded").x
    return lambda given: _powered(given, np.exp(found))


def _powered(probabilities: Array, power: float) -> Array:
    logs = power * np.log(np.maximum(probabilities, _SMALLEST))
    powered = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


def _normalised(raw: Array, given: Array) -> Array:
    """Rows that sum to 1; a row to which no class is left stays as it was given."""
    sums = raw.sum(axis=1, keepdims=True)
    kept = given / np.maximum(given.sum(axis=1, keepdims=True), _SMALLEST)
    return np.asarray(np.where(sums > _SMALLEST, raw / np.maximum(sums, _SMALLEST), kept))


def _both(second: Array) -> Array:
    return np.column_stack([1 - second, second])


def _log_odds(scores: Array) -> Array:
    clipped = np.clip(scores, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _logistic(log_odds: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(log_odds / 2)))  # exp would overflow
