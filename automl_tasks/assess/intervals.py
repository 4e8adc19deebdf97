"""Holdout metrics with the range in which another holdout of this size would put them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.assess.constant import Constant
from automl_tasks.search.measure import Measure
from automl_tasks.search.metrics import score

__all__ = ["Interval", "holdout_metrics"]

_RESAMPLES = 200


class Interval(BaseModel):
    """A metric on the holdout, its 95 % interval, and the constant predictor's value."""

    value: float
    low: float
    high: float
    baseline: float


def holdout_metrics(
    measures: Iterable[Measure],
    y: NDArray[Any],
    prediction: NDArray[Any],
    constant: Constant,
    *,
    weight: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> dict[str, Interval]:
    """Every measure that the rows determine, by its metric's name.

    The interval is the percentile bootstrap's: the holdout resampled 200 times, with replacement.

    Parameters
    ----------
    measures
        From `measures_of`, with the decision of the model that predicts.
    y
        (n,) values or class codes.
    prediction
        (n,) values or (n, k) probabilities.
    weight
        (n,) weights of the rows; None: all equal.

    References
    ----------
    Efron, Tibshirani (1993): An introduction to the bootstrap, chapter 13.
    """
    resamples = np.random.default_rng(seed).integers(len(y), size=(_RESAMPLES, len(y)))
    found = {}
    for measure in measures:
        value = score(measure, y, prediction, weight)
        if np.isnan(value):
            continue
        values = [
            score(measure, y[rows], prediction[rows], None if weight is None else weight[rows])
            for rows in resamples
        ]
        low, high = np.nanpercentile(values, [2.5, 97.5])
        baseline = constant.score(measure, y, weight)
        found[measure.name] = Interval(value=value, low=low, high=high, baseline=baseline)
    return found
