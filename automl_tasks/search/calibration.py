"""Choose how an ensemble's probabilities are calibrated, by out-of-fold log loss.

A mean of several models is less certain than each of them, often less than it should be. The
simplest map that is clearly better on rows that it was not fitted on is taken, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.measure import Measure
from automl_tasks.serve.calibration import LEAST, calibrate, log_odds

__all__ = ["choose_calibration"]

Array = NDArray[Any]
State = dict[str, Any]

_FOLDS = 5
_FEWEST_ROWS = 50
_FEWEST_FOR_ISOTONIC = 5_000
_FEWEST_OF_A_CLASS = 50  # for a line of its own
_MOST_CELLS = 300_000
_CERTAIN = 1.64  # standard errors: of maps that gain nothing one in 20 is taken
_WORTH = 0.001  # of the log loss; less is not worth a stage more
_STEPS = 25
_POWERS = (0.2, 5.0)
_RANKING = ("roc_auc", "average_precision")


def choose_calibration(
    measure: Measure,
    y: Array,
    probabilities: Array,
    weight: Array | None = None,
    *,
    ordered: bool = False,
    seed: int = 0,
) -> State | None:
    """The calibration of a model, for `serve.calibration.calibrate`.

    Temperature, for two classes Platt's line, and isotonic regression are tried in this order. Each
    must lower the log loss, fitted on four fifths of the rows and measured on the other fifth, by
    more than the noise of the difference. Isotonic regression makes ties, so metrics that rank do
    without it, and needs 5,000 rows.

    Parameters
    ----------
    measure
        Of the run; a metric that ranks must not get worse.
    y
        (n,) class codes.
    probabilities
        (n, classes), of models that did not train on these rows.
    weight
        (n,) row weights; None: all equal.
    ordered
        The rows are in the order of time: each fifth is then a stretch of it.

    Returns
    -------
    dict or None
        None where nothing is clearly better than the probabilities as they are.
    """
    codes, p = y.astype(np.int64), np.asarray(probabilities, dtype=np.float64)
    counts = np.ones(len(codes)) if weight is None else np.asarray(weight, dtype=np.float64)
    rows = _used(counts, p.shape[1], seed)
    if len(rows) < _FEWEST_ROWS or len(np.unique(codes[rows])) < 2 or not np.isfinite(p).all():
        return None
    codes, p, counts = codes[rows], p[rows], counts[rows]
    fifths = np.arange(len(rows)) * _FOLDS // len(rows)
    if not ordered:
        fifths = np.random.default_rng(seed).permutation(fifths)
    best, losses = None, _losses(codes, p)
    for fit in _candidates(measure, codes, p.shape[1]):
        tried = _cross_fitted(fit, codes, p, counts, fifths)
        if not _clearly_lower(tried, losses, counts):
            continue
        state = fit(codes, p, counts)
        if not _ranks_worse(measure, codes, p, counts, state):
            best, losses = state, tried
    return best


Fit = Callable[[Array, Array, Array], State]


def _candidates(measure: Measure, y: Array, classes: int) -> Iterator[Fit]:
    yield fit_temperature
    if classes == 2:
        yield fit_platt
    enough = len(y) >= _FEWEST_FOR_ISOTONIC
    enough = enough and int(np.bincount(y, minlength=classes).min()) >= _FEWEST_OF_A_CLASS
    if enough and measure.name not in _RANKING:
        yield fit_isotonic


def _used(counts: Array, classes: int, seed: int) -> Array:
    """Rows that count, in their order, and no more than can be fitted many times."""
    rows = np.flatnonzero(counts > 0)
    most = _MOST_CELLS // classes
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _losses(y: Array, p: Array) -> Array:
    """(n,) log losses."""
    return np.asarray(-np.log(np.maximum(p[np.arange(len(y)), y], LEAST)))


def _cross_fitted(fit: Fit, y: Array, p: Array, counts: Array, fifths: Array) -> Array:
    losses = np.empty(len(y))
    for fifth in range(_FOLDS):
        own = fifths == fifth
        state = fit(y[~own], p[~own], counts[~own])
        losses[own] = _losses(y[own], calibrate(p[own], state))
    return losses


def _clearly_lower(tried: Array, losses: Array, counts: Array) -> bool:
    gains, total = losses - tried, counts.sum()
    gain = float(counts @ gains / total)
    noise = float(np.sqrt((counts**2) @ (gains - gain) ** 2) / total)
    return gain > max(_CERTAIN * noise, _WORTH * float(counts @ losses / total))


def _ranks_worse(measure: Measure, y: Array, p: Array, counts: Array, state: State) -> bool:
    from automl_tasks.search.metrics import score

    if measure.name not in _RANKING:
        return False
    return score(measure, y, calibrate(p, state), counts) < score(measure, y, p, counts) - 1e-9


def fit_temperature(y: Array, p: Array, counts: Array) -> State:
    """Newton's steps to the power of least log loss, held to 1 as if by one more row."""
    logs = np.log(np.maximum(p, LEAST))
    own, power = logs[np.arange(len(y)), y], 1.0
    for _ in range(_STEPS):
        said = calibrate(p, {"kind": "temperature", "power": power})
        mean = np.einsum("ij,ij->i", said, logs)
        slope = counts @ (mean - own) + (power - 1)
        bend = counts @ (np.einsum("ij,ij->i", said, logs**2) - mean**2) + 1
        before, power = power, float(np.clip(power - slope / bend, *_POWERS))
        if abs(power - before) < 1e-6:
            break
    return {"kind": "temperature", "power": round(power, 6)}


def fit_platt(y: Array, p: Array, counts: Array) -> State:
    """Logistic regression on the log odds, held to the line as it is as if by one more row."""
    odds, line = log_odds(p), np.array([1.0, 0.0])
    features = np.stack([odds, np.ones(len(odds))], axis=1)
    for _ in range(_STEPS):
        said = calibrate(p, {"kind": "platt", "slope": line[0], "shift": line[1]})[:, 1]
        slope = features.T @ (counts * (said - y)) + (line - [1, 0])
        bend = (features.T * (counts * said * (1 - said))) @ features + np.eye(2)
        step = np.linalg.solve(bend, slope)
        line = line - step * min(1.0, 1 / max(float(np.abs(step).max()), 1e-12))
        line[0] = max(line[0], _POWERS[0])  # it must rise
        if np.abs(step).max() < 1e-6:
            break
    return {"kind": "platt", "slope": round(float(line[0]), 6), "shift": round(float(line[1]), 6)}


def fit_isotonic(y: Array, p: Array, counts: Array) -> State:
    """A rising line for each class against the rest; of two classes for the second alone."""
    codes = [1] if p.shape[1] == 2 else range(p.shape[1])
    lines = [_rising(y == code, p[:, code], counts) for code in codes]
    return {
        "kind": "isotonic",
        "from": [from_.tolist() for from_, _ in lines],
        "to": [to.tolist() for _, to in lines],
    }


def _rising(hit: Array, p: Array, counts: Array) -> tuple[Array, Array]:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(out_of_bounds="clip").fit(p, hit.astype(np.float64), counts)
    from_, to = model.X_thresholds_, model.y_thresholds_
    # A class that none of n rows had is as likely as 1 of n + 2 (Laplace's rule), never impossible.
    low = 1 / (int((p <= from_[to <= to[0]].max()).sum()) + 2)
    high = 1 - 1 / (int((p >= from_[to >= to[-1]].min()).sum()) + 2)
    return from_.round(9), np.clip(to, min(low, 0.5), max(high, 0.5)).round(9)
