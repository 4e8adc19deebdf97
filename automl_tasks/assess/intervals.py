"""Holdout metrics with the range in which another holdout of this size would put them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.problem import Task
from automl_tasks.search.metrics import metrics_of, score

__all__ = ["Interval", "baseline_prediction", "holdout_metrics"]

_RESAMPLES = 200


class Interval(BaseModel):
    """A metric on the holdout, its 95 % interval, and the constant predictor's value."""

    value: float
    low: float
    high: float
    baseline: float


def baseline_prediction(
    task: Task, development: NDArray[Any], rows: int, classes: int
) -> NDArray[Any]:
    """What a constant predictor says: the mean, or the class shares, of the development rows."""
    if task == "regression":
        return np.full(rows, float(np.mean(development)))
    shares = np.bincount(development, minlength=classes) / len(development)
    return np.tile(shares, (rows, 1))


def holdout_metrics(
    task: Task, y: NDArray[Any], prediction: NDArray[Any], baseline: NDArray[Any], seed: int
) -> dict[str, Interval]:
    """Every metric of the task that the rows determine.

    The interval is the percentile bootstrap's: the holdout resampled 200 times, with replacement.

    Parameters
    ----------
    y
        (n,) values or class codes.
    prediction, baseline
        (n,) values or (n, k) probabilities.

    References
    ----------
    Efron, Tibshirani (1993): An introduction to the bootstrap, chapter 13.
    """
    resamples = np.random.default_rng(seed).integers(len(y), size=(_RESAMPLES, len(y)))
    found = {}
    for metric in metrics_of(task):
        value = score(metric, y, prediction)
        if np.isnan(value):
            continue
        values = [score(metric, y[rows], prediction[rows]) for rows in resamples]
        low, high = np.nanpercentile(values, [2.5, 97.5])
        constant = score(metric, y, baseline)
        found[str(metric)] = Interval(value=value, low=low, high=high, baseline=constant)
    return found
