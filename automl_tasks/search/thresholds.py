"""Decide labels by what the metric rewards: a threshold, or a weight for each class.

Out-of-fold probabilities tell which decision the metric likes. With one positive in a hundred
rows F1 is near 0 at the threshold 0.5, however good the model is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.class_weights import best_weights, prior_weights
from automl_tasks.search.formulas import Counts, curve
from automl_tasks.search.label_metrics import COUNTED, LabelRows, cost_table, sign
from automl_tasks.search.measure import Labelling, Measure

__all__ = ["best_value", "tune_decision"]

Array = NDArray[Any]

_MOST_CLASSES = 30
_MOST_CELLS = 200_000
_FOLDS = 5
_FEWEST_OF_A_CLASS = 4
_RESAMPLES = 12
# Where probabilities are right nothing beats the untuned decision, so a gain must be certain. F1,
# MCC and balanced accuracy have no such decision, and the most probable class has no claim.
_BEST_UNTUNED = {"accuracy", "cost"}
_CERTAIN = 1.64  # standard errors: one decision in 20 is kept by chance


def best_value(rows: LabelRows) -> float:
    """Value under the decision that suits these rows best.

    Two classes: the best of all thresholds. More: the best of a few decisions by the classes'
    shares; one number is tuned, which little overfits. Costs: the cheapest label, untuned.
    """
    if rows.measure.name == "cost":
        return rows.value(rows.measure.untuned.labels(rows.probabilities))
    if rows.classes == 2:
        return float(_thresholds(rows)[1].max())
    return max(value for value, _ in prior_weights(rows))


def tune_decision(
    measure: Measure,
    y: Array,
    probabilities: Array,
    *,
    weight: Array | None = None,
    seed: int = 0,
) -> Labelling | None:
    """The decision by which a model's probabilities become labels.

    It is tuned on the rows given, and kept only when, tuned on four fifths of them, it beats the
    untuned one on the other fifth; for accuracy and cost by more than chance would.

    Parameters
    ----------
    measure
        Of the run; see `measure_of`.
    y
        (n,) class codes.
    probabilities
        (n, classes), of models that did not train on these rows.
    weight
        (n,) row weights; None: all equal.

    Returns
    -------
    Labelling or None
        None where the most probable class is right: the metric is not one of labels, or tuning
        gains nothing.
    """
    if measure.name != "cost" and measure.name not in COUNTED:
        return None
    untuned = measure.untuned if measure.untuned.costs is not None else None
    rows = LabelRows(measure, y, np.asarray(probabilities, dtype=np.float64), weight)
    if not _tunable(rows):
        return untuned
    rng = np.random.default_rng(seed)
    rows = rows.where(_sample(y, max(1_000, _MOST_CELLS // rows.classes), rng))
    return _tuned(rows, rng) if _gains(rows, rng) else untuned


def _tunable(rows: LabelRows) -> bool:
    if rows.classes > (2 if rows.measure.name == "cost" else _MOST_CLASSES):
        return False
    second_largest = np.sort(np.bincount(rows.y, minlength=rows.classes))[-2]
    return bool(second_largest >= _FEWEST_OF_A_CLASS)


def _tuned(rows: LabelRows, rng: np.random.Generator) -> Labelling:
    return _best_threshold(rows, rng) if rows.classes == 2 else best_weights(rows)


def _gains(rows: LabelRows, rng: np.random.Generator) -> bool:
    """Whether tuning pays on rows that it has not seen."""
    folds = np.empty(len(rows.y), dtype=np.int64)
    folds[np.argsort(rows.y + rng.random(len(rows.y)))] = np.arange(len(rows.y)) % _FOLDS
    untuned = rows.measure.untuned.labels(rows.probabilities)
    tuned = np.empty_like(untuned)
    for fold in range(_FOLDS):
        decision = _tuned(rows.where(folds != fold), rng)
        tuned[folds == fold] = decision.labels(rows.probabilities[folds == fold])

    def gain(rows: LabelRows) -> float:
        return (rows.value(tuned) - rows.value(untuned)) * sign(rows.measure)

    if rows.measure.name not in _BEST_UNTUNED:
        return gain(rows) > 0
    noise = float(np.nanstd([gain(rows.resampled(rng)) for _ in range(_RESAMPLES)]))
    return gain(rows) > _CERTAIN * noise


def _best_threshold(rows: LabelRows, rng: np.random.Generator) -> Labelling:
    """Median of the best thresholds of resampled rows: one alone follows the noise."""
    found = []
    for _ in range(_RESAMPLES):
        thresholds, values = _thresholds(rows.resampled(rng))
        if not np.isnan(values).all():
            best = int(np.nanargmax(values * sign(rows.measure)))
            found.append(float(thresholds[best]))
    threshold = float(np.median(found)) if found else 0.5
    return Labelling(weights=(threshold, 1 - threshold))


def _thresholds(rows: LabelRows) -> tuple[Array, Array]:
    """Thresholds between the distinct probabilities, and the metric's value at each."""
    found = curve(rows.y == 1, rows.probabilities[:, 1], rows.weight)
    # Before the highest probability nothing is positive.
    scores = np.concatenate([[1.0], found.scores, [0.0]])
    hits, alarms = np.append(0.0, found.hits), np.append(0.0, found.alarms)
    corners = _corners(hits, alarms) if rows.measure.name != "cost" else np.arange(len(hits))
    actual = np.array([alarms[-1], hits[-1]])
    hits, alarms = hits[corners], alarms[corners]
    right = np.stack([actual[0] - alarms, hits], axis=-1)
    if rows.measure.name == "cost":
        costs = cost_table(rows.measure, 2)
        paid = right @ costs.diagonal() + (actual - right) @ np.array([costs[0, 1], costs[1, 0]])
        values = paid / actual.sum()
    else:
        predicted = np.stack([actual.sum() - hits - alarms, hits + alarms], axis=-1)
        counts = Counts(right, predicted, np.broadcast_to(actual, right.shape))
        values = COUNTED[rows.measure.name](counts)
    # Half way to the next lower probability, so that rounding decides nothing.
    return (scores[corners] + scores[corners + 1]) / 2, values


def _corners(hits: Array, alarms: Array) -> Array:
    """Where a threshold can be the best: the last step found positives, the next adds alarms."""
    gained = np.append(True, hits[1:] > hits[:-1])
    paid = np.append(alarms[1:] > alarms[:-1], True)
    return np.flatnonzero(gained & paid)


def _sample(y: Array, limit: int, rng: np.random.Generator) -> Array:
    """At most `limit` positions, evenly through the classes."""
    if len(y) <= limit:
        return np.arange(len(y))
    ordered = np.argsort(y + rng.random(len(y)))
    return np.sort(ordered[np.linspace(0, len(y) - 1, limit).round().astype(np.int64)])
