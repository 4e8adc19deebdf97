"""The nearest class mean: what a handful of rows of each class can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.problem import Task
from automl_tasks.serve.predictors import matrix
from automl_tasks.serve.predictors.linear import FILE, LinearPredictor

from ._base import Family, Fitted, Training

__all__ = ["Centroids"]

_MOST_ROWS = 5_000
_MOST_COLUMNS = 500
_ALONE = 1.5  # rows of a class, below which it has no mean without the row
_WIDTHS = np.geomspace(1e-2, 1e3, 40)  # squared, in units of the rows' own scatter


class Centroids(Family):
    """Classes as balls of one width around their means; stored as the linear model that this is.

    A class needs one row only. The one number that is tuned, the width, decides how sure the
    probabilities are; each row is told by the means without it.

    References
    ----------
    Tibshirani et al. (2002): Diagnosis of multiple cancer types by shrunken centroids of gene
    expression; Snell et al. (2017): Prototypical networks for few-shot learning.
    """

    name = "centroids"
    recipe = "linear"
    kind = "linear"
    keeps_time = False

    def supports(self, task: Task, rows: int, columns: int) -> bool:
        return task != "regression" and rows <= _MOST_ROWS and columns <= _MOST_COLUMNS

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [{}]

    def _train(self, training: Training) -> Fitted:
        array, y = matrix(training.X).astype(np.float64), training.y
        weight = np.ones(len(array)) if training.weight is None else training.weight
        array, y, weight = array[weight > 0], y[weight > 0], weight[weight > 0]
        counts = np.maximum(np.bincount(y, weights=weight, minlength=training.classes), 1e-9)
        means = np.zeros((training.classes, array.shape[1]))
        np.add.at(means, y, array * weight[:, None])
        means /= counts[:, None]
        shares = np.log(counts / counts.sum())
        width = _squared_width(array, y, weight, means, counts)
        coefficients = means.T / width
        intercept = shares - 0.5 * (means**2).sum(axis=1) / width
        if training.task == "binary":
            coefficients = coefficients[:, 1:] - coefficients[:, :1]
            intercept = intercept[1:] - intercept[:1]
        model = {"coefficients": coefficients, "intercept": intercept}

        def write(folder: Path) -> None:
            np.savez(folder / FILE, allow_pickle=False, **model)

        return Fitted(LinearPredictor(training.info, model, training.threads), write, None)


def _squared_width(
    array: np.ndarray, y: np.ndarray, weight: np.ndarray, means: np.ndarray, counts: np.ndarray
) -> float:
    """The width under which each row's class is most likely, by the means without the row."""
    squares = (array**2).sum(axis=1)[:, None] - 2 * array @ means.T + (means**2).sum(axis=1)
    far, own = np.maximum(squares, 0.0), (np.arange(len(y)), y)
    unit = max(float(np.average(far[own], weights=weight)), 1e-12)
    several = counts[y] > _ALONE * weight
    if not several.any():
        return max(float(far.mean()), 1e-12)
    rest = np.maximum(counts[y] - weight, 1e-9)
    far[own] *= np.where(several, (counts[y] / rest) ** 2, 1.0)
    shares = np.log(counts / counts.sum())
    losses = []
    for width in _WIDTHS:
        scores = shares - 0.5 * far / (width * unit)
        highest = scores.max(axis=1, keepdims=True)
        likely = scores - highest - np.log(np.exp(scores - highest).sum(axis=1, keepdims=True))
        losses.append(-np.average(likely[own][several], weights=weight[several]))
    return float(_WIDTHS[int(np.argmin(losses))]) * unit
