"""Class means and one covariance: what a handful of rows of each class can tell."""

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


class Centroids(Family):
    """Linear discriminant analysis with a shrunk covariance, stored as a linear model.

    ``shrinkage`` of None: as much as the rows' own noise asks for; of 1 the nearest centroid by
    Euclidean distance. A class needs one row only, and nothing is tuned on the rows.

    References
    ----------
    Ledoit, Wolf (2004): A well-conditioned estimator for large-dimensional covariance matrices.
    """

    name = "centroids"
    recipe = "linear"
    kind = "linear"

    def supports(self, task: Task, rows: int, columns: int) -> bool:
        return task != "regression" and rows <= _MOST_ROWS and columns <= _MOST_COLUMNS

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [{"shrinkage": None}, {"shrinkage": 1.0}]

    def _train(self, training: Training) -> Fitted:
        array = matrix(training.X).astype(np.float64)
        weight = np.ones(len(array)) if training.weight is None else training.weight
        counts = np.bincount(training.y, weights=weight, minlength=training.classes)
        counts = np.maximum(counts, 1e-9)
        sums = np.zeros((training.classes, array.shape[1]))
        np.add.at(sums, training.y, array * weight[:, None])
        means = sums / counts[:, None]
        scattered = (array - means[training.y]) * np.sqrt(weight)[:, None]
        spread = _covariance(scattered, training.params.get("shrinkage"))
        coefficients = np.linalg.solve(spread, means.T)
        intercept = np.log(counts / counts.sum()) - 0.5 * (means * coefficients.T).sum(axis=1)
        if training.task == "binary":
            coefficients = coefficients[:, 1:] - coefficients[:, :1]
            intercept = intercept[1:] - intercept[:1]
        model = {"coefficients": coefficients, "intercept": intercept}

        def write(folder: Path) -> None:
            np.savez(folder / FILE, allow_pickle=False, **model)

        return Fitted(LinearPredictor(training.info, model, training.threads), write, None)


def _covariance(scattered: np.ndarray, shrinkage: float | None) -> np.ndarray:
    """(columns, columns) covariance of rows around their class means, never singular."""
    from sklearn.covariance import empirical_covariance, ledoit_wolf, shrunk_covariance

    if shrinkage is None:
        found = ledoit_wolf(scattered, assume_centered=True)[0]
    else:
        raw = empirical_covariance(scattered, assume_centered=True)
        found = shrunk_covariance(raw, shrinkage)
    least = 1e-6 * max(float(np.trace(found)) / len(found), 1e-6)
    return np.asarray(found + least * np.eye(len(found)))
