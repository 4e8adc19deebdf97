"""The metrics' formulas, on encoded labels and row weights.

Written in numpy, because greedy selection scores thousands of averaged predictions and a search's
parent process shall not import scikit-learn for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Counts",
    "Curve",
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "count",
    "curve",
    "f1",
    "log_loss",
    "mae",
    "matthews",
    "mean_cost",
    "pinball",
    "r2",
    "rmse",
    "roc_auc",
]

Array = NDArray[Any]

_SMALLEST = 1e-7  # probability


@dataclass(frozen=True)
class Counts:
    """Weight of the rows of each class; arrays of shape (…, classes), so a whole curve fits in.

    Attributes
    ----------
    hits, predicted, actual
        Rows of the class that were given it, rows that were given it, rows of it.
    """

    hits: Array
    predicted: Array
    actual: Array


@dataclass(frozen=True)
class Curve:
    """What each threshold on one class's probability finds.

    Attributes
    ----------
    scores
        (m,) distinct scores, the highest first; a row is positive from its score on.
    hits, alarms
        (m,) weight of the positive and of the negative rows at or above each score.
    """

    scores: Array
    hits: Array
    alarms: Array


def rmse(y: Array, prediction: Array, weight: Array | None) -> float:
    return float(np.sqrt(_mean((y - prediction) ** 2, weight)))


def mae(y: Array, prediction: Array, weight: Array | None) -> float:
    return _mean(np.abs(y - prediction), weight)


def r2(y: Array, prediction: Array, weight: Array | None) -> float:
    total = _mean((y - _mean(y, weight)) ** 2, weight)
    return 1.0 - _mean((y - prediction) ** 2, weight) / total if total > 0 else float("nan")


def pinball(y: Array, prediction: Array, weight: Array | None, quantile: float) -> float:
    """Mean of the error times `quantile` below the truth, and times 1 - `quantile` above it."""
    error = y - prediction
    return _mean(np.maximum(quantile * error, (quantile - 1) * error), weight)


def log_loss(y: Array, probabilities: Array, weight: Array | None) -> float:
    # A product sums narrow rows several times as fast as `sum` along them.
    sums = probabilities @ np.ones(probabilities.shape[1])
    own = probabilities[np.arange(len(y)), y] / np.maximum(sums, _SMALLEST)
    # Clipped so that one certain mistake does not make the whole score infinite.
    return -_mean(np.log(np.maximum(own, _SMALLEST)), weight)


def roc_auc(y: Array, probabilities: Array, weight: Array | None) -> float:
    """Binary, or the mean of one class against the rest over the classes that occur."""
    if probabilities.shape[1] == 2:
        return _auc(y == 1, probabilities[:, 1], weight)
    areas = [_auc(y == code, probabilities[:, code], weight) for code in np.unique(y)]
    return float(np.mean(areas))


def average_precision(y: Array, probabilities: Array, weight: Array | None) -> float:
    """Binary, or the mean of one class against the rest over the classes that occur."""
    if probabilities.shape[1] == 2:
        return _precision(y == 1, probabilities[:, 1], weight)
    areas = [_precision(y == code, probabilities[:, code], weight) for code in np.unique(y)]
    return float(np.mean(areas))


def accuracy(counts: Counts) -> Array:
    return np.asarray(counts.hits.sum(axis=-1) / counts.actual.sum(axis=-1))


def balanced_accuracy(counts: Counts) -> Array:
    """Mean recall of the classes that occur."""
    return _mean_where(counts.actual > 0, counts.hits, counts.actual)


def f1(counts: Counts) -> Array:
    """Of the second of two classes, or the mean over the classes that occur or are predicted."""
    sizes = counts.predicted + counts.actual
    if counts.actual.shape[-1] > 2:
        return _mean_where(sizes > 0, 2 * counts.hits, sizes)
    known = counts.actual[..., 1] > 0
    value = 2 * counts.hits[..., 1] / np.where(known, sizes[..., 1], 1)
    return np.where(known, value, np.nan)


def matthews(counts: Counts) -> Array:
    """Correlation of truth and label; 0 when every row is given one class.

    References
    ----------
    Gorodkin (2004): Comparing two K-category assignments by a K-category correlation coefficient.
    """
    rows = counts.actual.sum(axis=-1)
    share = (counts.predicted * counts.actual).sum(axis=-1)
    truth = rows**2 - (counts.actual**2).sum(axis=-1)
    guess = rows**2 - (counts.predicted**2).sum(axis=-1)
    # Rounding leaves a trace of spread where weights are not whole numbers.
    varied, known = guess > 1e-12 * rows**2, truth > 1e-12 * rows**2
    spread = np.sqrt(np.where(varied & known, truth * guess, 1))
    value = np.where(varied, (counts.hits.sum(axis=-1) * rows - share) / spread, 0.0)
    return np.where(known, value, np.nan)


def mean_cost(y: Array, labels: Array, weight: Array | None, costs: Array) -> float:
    """Mean of ``costs[true class, predicted class]``."""
    return _mean(costs[y, labels], weight)


def count(y: Array, labels: Array, classes: int, weight: Array | None) -> Counts:
    """Counts of (n,) labels against (n,) class codes."""
    right = y == labels
    return Counts(
        hits=_bincount(y[right], classes, None if weight is None else weight[right]),
        predicted=_bincount(labels, classes, weight),
        actual=_bincount(y, classes, weight),
    )


def curve(positive: Array, scores: Array, weight: Array | None = None) -> Curve:
    """Hits and alarms at every distinct score."""
    if weight is None:
        ascending, found = _sorted(positive, scores)
        descending, hits = ascending[::-1], np.cumsum(found[::-1], dtype=np.float64)
        rows = np.arange(1.0, len(hits) + 1)
    else:
        order = np.argsort(-scores)
        descending, hits = scores[order], np.cumsum((weight * positive)[order])
        rows = np.cumsum(weight[order])
    # A tie has no order, so only the end of a run of equal scores is a threshold.
    last = np.append(descending[1:] != descending[:-1], True)
    if last.all():
        return Curve(descending, hits, rows - hits)
    return Curve(descending[last], hits[last], (rows - hits)[last])


def _auc(positive: Array, scores: Array, weight: Array | None) -> float:
    """Area under the ROC curve as the Mann-Whitney statistic; ties count half."""
    if weight is not None:
        return _weighted_auc(positive, scores, weight)
    ascending, found = _sorted(positive, scores)
    hits = np.cumsum(found)
    misses = np.arange(1, len(hits) + 1) - hits
    if hits[-1] == 0 or misses[-1] == 0:
        return float("nan")
    wins = float(misses[found].sum())
    together = ascending[1:] == ascending[:-1]
    if together.any():
        # Of equal scores the negatives come first, so each of their pairs was counted whole.
        ends = np.append(np.flatnonzero(~together), len(hits) - 1)
        wins -= float((np.diff(hits[ends], prepend=0) * np.diff(misses[ends], prepend=0)).sum()) / 2
    return wins / (float(hits[-1]) * float(misses[-1]))


def _weighted_auc(positive: Array, scores: Array, weight: Array) -> float:
    found = curve(positive, scores, weight)
    hits, alarms = found.hits, found.alarms
    if not (hits[-1] > 0 and weight[~positive].sum() > 0):
        return float("nan")
    area = np.trapezoid(np.append(0.0, hits), np.append(0.0, alarms))
    return float(area / (hits[-1] * alarms[-1]))


def _precision(positive: Array, scores: Array, weight: Array | None) -> float:
    """Mean precision over the recall that each threshold adds."""
    found = curve(positive, scores, weight)
    if not found.hits[-1] > 0:
        return float("nan")
    recall = found.hits / found.hits[-1]
    above = np.maximum(found.hits + found.alarms, np.finfo(float).tiny)
    return float(np.sum(np.diff(recall, prepend=0.0) * found.hits / above))


def _sorted(positive: Array, scores: Array) -> tuple[Array, Array]:
    """Scores in ascending order and whether each is positive, negatives first in a tie.

    Non-negative doubles sort as the integers that their bits are, and below 2 these have two bits
    to spare: with the label in the lowest, one sort of integers does, 4 times as fast as an
    argsort.
    """
    if len(scores) and scores.min() >= 0 and scores.max() < 2:
        keys = (scores.astype(np.float64) + 0.0).view(np.int64) << 1  # + 0.0: -0.0 becomes 0.0
        keys |= positive
        keys.sort()
        return (keys >> 1).view(np.float64), (keys & 1).astype(np.bool_)
    order = np.lexsort((positive, scores))
    return scores[order], positive[order]


def _mean(values: Array, weight: Array | None) -> float:
    return float(np.mean(values) if weight is None else np.average(values, weights=weight))


def _mean_where(counted: Array, above: Array, below: Array) -> Array:
    """Mean over the last axis of ``above / below`` where `counted`."""
    ratios = np.where(counted, above / np.where(counted, below, 1), 0)
    return np.asarray(ratios.sum(axis=-1) / counted.sum(axis=-1))


def _bincount(codes: Array, classes: int, weight: Array | None) -> Array:
    return np.bincount(codes, weight, minlength=classes).astype(np.float64)
