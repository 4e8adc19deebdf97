"""Corrections of a finished ensemble that are fitted on its out-of-fold predictions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from ablation.parts import Variant
from ablation.searched import Array, Searched
from automl_tasks.search import loss
from automl_tasks.search.selection import Selection

Correct = Callable[[Array], Array]

_SMALLEST = 1e-7
_COLDEST, _HOTTEST = np.log(0.2), np.log(5.0)


def calibrations(searched: Searched, full: Selection) -> Iterator[Variant]:
    """Probabilities are compared by log loss, whatever the run's metric; values by its own."""
    found, prediction = full.pooled(full.chosen), searched.blend(full.chosen)
    metric = None if searched.plan.classes is None else "log_loss"
    for name, fit in _fits(searched).items():
        start = time.monotonic()
        correct = fit(found.y, found.prediction)
        seconds = time.monotonic() - start
        yield Variant(name, "with", correct(prediction), seconds, metric=metric)


def _fits(searched: Searched) -> dict[str, Callable[[Array, Array], Correct]]:
    if searched.plan.classes is None:
        return {"linear correction": line}
    found = {"calibration: temperature": temperature}
    return found | ({"calibration: Platt": platt} if len(searched.plan.classes) == 2 else {})


def line(y: Array, prediction: Array) -> Correct:
    """Least squares of the values on the predictions."""
    slope, intercept = np.polyfit(prediction, y, 1)
    return lambda rows: slope * rows + intercept


def temperature(y: Array, probabilities: Array) -> Correct:
    """Probabilities to one power, rescaled to sum to 1 (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    def heated(rows: Array, log_degree: float) -> Array:
        logs = np.log(np.clip(rows, _SMALLEST, 1)) / np.exp(log_degree)
        powers = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    best = minimize_scalar(
        lambda log_degree: loss("log_loss", y, heated(probabilities, log_degree)),
        bounds=(_COLDEST, _HOTTEST),
        method="bounded",
    )
    return lambda rows: heated(rows, float(best.x))


def platt(y: Array, probabilities: Array) -> Correct:
    """A logistic regression on the log odds (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(log_odds(probabilities)[:, None], y)
    return lambda rows: np.asarray(model.predict_proba(log_odds(rows)[:, None]))


def log_odds(probabilities: Array) -> Array:
    """Of the second of two classes."""
    second = np.clip(probabilities[:, 1], _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(second / (1 - second)))
