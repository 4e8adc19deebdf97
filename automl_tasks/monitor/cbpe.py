"""Estimates any metric of a classifier without labels, from probabilities that are calibrated.

A row that is said to be 80 % "yes" counts as 0.8 rows of "yes" and 0.2 of "no": the metric of rows
so split is the estimate (confidence-based performance estimation, as in NannyML). How far labels
can differ from it, and how uncertain the calibration is, is seen by drawing both again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from automl_tasks.monitor.calibration import Kind, fit_calibration, suited_kind
from automl_tasks.monitor.estimated import (
    MOST_ROWS,
    EstimatedPerformance,
    estimated,
    thinned,
    why_not,
)
from automl_tasks.monitor.performance import drawn_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.monitor.performance import Sample
    from automl_tasks.search.measure import Measure

__all__ = ["estimate_classes"]

_DRAWS, _FEWEST_OF_A_CLASS, _CELLS = 200, 5, 100_000


def estimate_classes(
    window: Sample, reference: Sample, measure: Measure, *, confidence: float, seed: int
) -> EstimatedPerformance:
    """Estimate a metric of probabilities or labels.

    Parameters
    ----------
    window
        Its truth is not looked at.
    reference
        Labels and predictions of rows that the champion was not trained on.
    measure
        With the champion's decision.
    """
    reason = why_not(window, reference) or _one_class(reference)
    if reason:
        return EstimatedPerformance(method="cbpe", metric=measure.name, reason=reason)
    rng = np.random.default_rng(seed)
    sizes = (len(window), len(reference))
    most = max(1_000, min(MOST_ROWS, _CELLS // window.prediction.shape[1]))
    window, reference = (
        sample.drawn(thinned(len(sample), most, rng)) for sample in (window, reference)
    )
    kind = suited_kind(reference.truth, window.prediction.shape[1])
    return estimated(
        "cbpe",
        measure,
        sizes=sizes,
        losses=(_expected(window, reference, measure, kind), _loss(reference, measure)),
        draws=_draws(window, reference, measure, kind, rng),
        confidence=confidence,
    )


def _one_class(reference: Sample) -> str | None:
    counts = np.sort(np.bincount(reference.truth.astype(np.int64), minlength=2))[::-1]
    if counts[1] == 0:
        return "the reference has one class only"
    if counts[1] < _FEWEST_OF_A_CLASS:
        return f"the reference has {counts[1]} rows of a second class, {_FEWEST_OF_A_CLASS} needed"
    return None


def _expected(window: Sample, reference: Sample, measure: Measure, kind: Kind) -> float:
    """Metric of rows that are split among the classes as the calibrated probabilities say."""
    from automl_tasks.search.metrics import loss

    calibrate = fit_calibration(kind, reference.truth, reference.prediction, reference.weight)
    shares = calibrate(window.prediction)
    rows, classes = shares.shape
    weight = shares if window.weight is None else shares * window.weight[:, None]
    return loss(
        measure,
        np.tile(np.arange(classes), rows),
        np.repeat(window.prediction, classes, axis=0),
        weight.ravel(),
    )


def _draws(
    window: Sample, reference: Sample, measure: Measure, kind: Kind, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(2, draws) losses of labels drawn for the window, and of the resampled reference.

    Each draw has its own reference, and by it its own calibration.
    """
    from automl_tasks.search.metrics import loss

    found = np.full((2, _DRAWS), np.nan)
    for draw in range(_DRAWS):
        weight = _resampled(reference, rng)
        if not weight.any():
            continue
        calibrate = fit_calibration(kind, reference.truth, reference.prediction, weight)
        labels = _labels(calibrate(window.prediction), rng)
        found[0, draw] = loss(measure, labels, window.prediction, window.weight)
        found[1, draw] = loss(measure, reference.truth, reference.prediction, weight)
    return found


def _resampled(sample: Sample, rng: np.random.Generator) -> NDArray[np.float64]:
    """Weight of each row in a bootstrap; of rows in time order, whole blocks are drawn."""
    times = np.bincount(drawn_rows(sample, rng), minlength=len(sample)).astype(np.float64)
    return times if sample.weight is None else times * sample.weight


def _labels(shares: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """One class code a row, drawn with its probabilities."""
    below = np.cumsum(shares, axis=1)[:, :-1]
    return np.asarray((rng.random((len(shares), 1)) >= below).sum(axis=1), dtype=np.int64)


def _loss(sample: Sample, measure: Measure) -> float:
    from automl_tasks.search.metrics import loss

    return loss(measure, sample.truth, sample.prediction, sample.weight)
