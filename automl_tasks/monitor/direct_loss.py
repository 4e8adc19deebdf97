"""Estimates a regression's metric without labels: a small model predicts how wrong each row is.

It learns, on rows that the champion was not trained on, the size of the champion's error from the
features and the prediction (direct loss estimation, as in NannyML). Its mean over new rows is the
estimate. Its folds tell how uncertain it is, and what it leaves unexplained how far the labels of
so many rows can lie from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.assess.slices.row_losses import row_losses
from automl_tasks.monitor.detectors.blocks import block_losses
from automl_tasks.monitor.detectors.levels import block_level
from automl_tasks.monitor.error_model import cross_fitted, encoded
from automl_tasks.monitor.estimated import (
    MOST_ROWS,
    EstimatedPerformance,
    estimated,
    thinned,
    why_not,
)
from automl_tasks.monitor.performance import Sample

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.search.measure import Measure

__all__ = ["estimate_values"]

Array = NDArray[Any]

_DRAWS = 1_000
# Of the mean error: what a row is at least taken to be wrong by, as noise is relative to it.
_FLOOR = 0.01


def estimate_values(
    window: Sample,
    reference: Sample,
    measure: Measure,
    *,
    features: pd.DataFrame | None = None,
    reference_features: pd.DataFrame | None = None,
    confidence: float,
    seed: int,
) -> EstimatedPerformance:
    """Estimate a metric of predicted values.

    Parameters
    ----------
    window
        Its truth is not looked at.
    reference
        Labels and predictions of rows that the champion was not trained on.
    features, reference_features
        Raw rows in the order of both samples; None: the prediction alone explains the error.
    """
    reason = why_not(window, reference)
    if reason:
        return EstimatedPerformance(method="direct_loss", metric=measure.name, reason=reason)
    rng = np.random.default_rng(seed)
    sizes = (len(window), len(reference))
    here, there = (thinned(rows, MOST_ROWS, rng) for rows in sizes)
    window, reference = window.drawn(here), reference.drawn(there)
    features, reference_features = _taken(features, here), _taken(reference_features, there)
    new = encoded(features, reference_features, window.prediction)
    known = encoded(reference_features, reference_features, reference.prediction)
    errors = row_losses(reference.truth, reference.prediction, measure)
    by_fold, learned = cross_fitted(known, errors, new, reference, seed)
    means = (
        _expected(by_fold, _noise(errors, learned, reference.ordered), window),
        _MeanError(
            _mean(errors, reference.weight),
            _row_variance(errors, reference.ordered) * _evenness(np.ones(len(errors)), reference),
        ),
    )
    # Of new rows the spread of the truth is that of the predictions and of the errors.
    totals = (
        _spread(window.prediction, window) + means[0].value,
        _spread(reference.truth, reference),
    )
    losses = [_loss(measure, mean.value, total) for mean, total in zip(means, totals, strict=True)]
    draws = [
        _loss(measure, mean.drawn(rng), total) for mean, total in zip(means, totals, strict=True)
    ]
    return estimated(
        "direct_loss",
        measure,
        sizes=sizes,
        losses=(float(losses[0]), float(losses[1])),
        draws=np.array(draws),
        confidence=confidence,
    )


def _taken(frame: pd.DataFrame | None, rows: Array) -> pd.DataFrame | None:
    return None if frame is None else frame.iloc[rows]


@dataclass(frozen=True)
class _MeanError:
    value: float
    variance: float

    def drawn(self, rng: np.random.Generator) -> Array:
        """(draws,) of a normal distribution; an error is never below 0."""
        drawn = self.value + np.sqrt(self.variance) * rng.normal(size=_DRAWS)
        return np.asarray(np.maximum(drawn, 0.0))


def _expected(by_fold: Array, noise: float, window: Sample) -> _MeanError:
    """Mean error of the window's rows, as far as the folds and the labels' noise let one know it.

    The folds' models share most of their rows, so their spread counts as a jackknife's.
    """
    folds = np.array([_mean(each, window.weight) for each in by_fold])
    own = by_fold.mean(axis=0)
    model = (len(folds) - 1) * folds.var()
    return _MeanError(_mean(own, window.weight), model + noise * _evenness(own, window))


def _noise(errors: Array, learned: Array, ordered: bool) -> float:
    """Long-run variance of an error relative to what the model says of it."""
    floor = max(_FLOOR * float(errors.mean()), np.finfo(float).tiny)
    return _row_variance(errors / np.maximum(learned, floor), ordered)


def _row_variance(values: Array, ordered: bool) -> float:
    blocks = block_losses(Sample(values, values, ordered), lambda truth, *_: float(truth.mean()))
    return block_level(blocks).spread if blocks else float("nan")


def _evenness(values: Array, sample: Sample) -> float:
    """What a row's variance counts in that of the weighted mean; 1 / rows where all are alike."""
    weight = np.ones(len(values)) if sample.weight is None else sample.weight
    return float(((weight * values) ** 2).sum() / weight.sum() ** 2)


def _loss(measure: Measure, mean: Any, total: float) -> Any:
    """Loss of mean errors."""
    if measure.name == "rmse":
        return np.sqrt(mean)
    if measure.name == "r2":
        return mean / total if total > 0 else np.nan * mean
    return mean


def _spread(values: Array, sample: Sample) -> float:
    return _mean((values - _mean(values, sample.weight)) ** 2, sample.weight)


def _mean(values: Array, weight: Array | None) -> float:
    return float(np.average(values, weights=weight))
