"""Estimates any metric of a classifier without labels, from probabilities that are calibrated.

A row that is said to be 80 % "yes" counts as 0.8 rows of "yes" and 0.2 of "no": the metric of rows
so split is the estimate (confidence-based performance estimation, as in NannyML). How far labels
can differ from it, and how uncertain the calibration is, is seen by drawing both again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class _Side:
    """Rows with their probabilities, and as the metric judges them."""

    said: Sample
    judged: Sample

    def drawn(self, rows: NDArray[np.int64]) -> _Side:
        return _Side(self.said.drawn(rows), self.judged.drawn(rows))


def estimate_classes(
    window: Sample,
    reference: Sample,
    measure: Measure,
    *,
    answers: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    confidence: float,
    seed: int,
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
    answers
        What is judged in the place of the probabilities of both, as `estimate_performance` has it.
    """
    reason = why_not(window, reference) or _one_class(reference)
    if reason:
        return EstimatedPerformance(method="cbpe", metric=measure.name, reason=reason)
    rng = np.random.default_rng(seed)
    sizes = (len(window), len(reference))
    most = max(1_000, min(MOST_ROWS, _CELLS // window.prediction.shape[1]))
    answers = answers or (window.prediction, reference.prediction)
    here, there = (
        _Side(sample, replace(sample, prediction=answer)).drawn(thinned(len(sample), most, rng))
        for sample, answer in zip((window, reference), answers, strict=True)
    )
    kind = suited_kind(there.said.truth, window.prediction.shape[1])
    return estimated(
        "cbpe",
        measure,
        sizes=sizes,
        losses=(_expected(here, there, measure, kind), _loss(there.judged, measure)),
        draws=_draws(here, there, measure, kind, rng),
        confidence=confidence,
    )


def _one_class(reference: Sample) -> str | None:
    counts = np.sort(np.bincount(reference.truth.astype(np.int64), minlength=2))[::-1]
    if counts[1] == 0:
        return "the reference has one class only"
    if counts[1] < _FEWEST_OF_A_CLASS:
        return f"the reference has {counts[1]} rows of a second class, {_FEWEST_OF_A_CLASS} needed"
    return None


def _expected(window: _Side, reference: _Side, measure: Measure, kind: Kind) -> float:
    """Metric of rows that are split among the classes as the calibrated probabilities say."""
    from automl_tasks.search.metrics import loss

    known = reference.said
    shares = fit_calibration(kind, known.truth, known.prediction, known.weight)(
        window.said.prediction
    )
    rows, classes = shares.shape
    weight = shares if window.said.weight is None else shares * window.said.weight[:, None]
    return loss(
        measure,
        np.tile(np.arange(classes), rows),
        np.repeat(window.judged.prediction, classes, axis=0),
        weight.ravel(),
    )


def _draws(
    window: _Side, reference: _Side, measure: Measure, kind: Kind, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(2, draws) losses of labels drawn for the window, and of the resampled reference.

    Each draw has its own reference, and by it its own calibration.
    """
    from automl_tasks.search.metrics import loss

    known, judged = reference.said, window.judged
    found = np.full((2, _DRAWS), np.nan)
    for draw in range(_DRAWS):
        weight = _resampled(known, rng)
        if not weight.any():
            continue
        calibrate = fit_calibration(kind, known.truth, known.prediction, weight)
        labels = _labels(calibrate(window.said.prediction), rng)
        found[0, draw] = loss(measure, labels, judged.prediction, judged.weight)
        found[1, draw] = loss(measure, known.truth, reference.judged.prediction, weight)
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
