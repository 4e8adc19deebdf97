"""Nearest neighbours, in a space where the columns that matter are longer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.features.gain import gains, sample_rows
from automl_tasks.problem import Task
from automl_tasks.serve.predictors import matrix
from automl_tasks.serve.predictors.knn import FILE, NearestPredictor

from ._base import Family, Fitted, Training

__all__ = ["Nearest"]

_MOST_ROWS = 20_000
_MOST_COLUMNS = 200
_FEWEST_ROWS = 50


class Nearest(Family):
    """``k`` neighbours by Euclidean distance; ``relevance`` 0 takes the columns as they are.

    With ``relevance`` r each column is multiplied by the r-th power of its share of the gain in a
    few boosted trees: plain distances drown in columns that say nothing.
    """

    name = "knn"
    recipe = "distance"
    kind = "knn"
    keeps_time = False

    def supports(self, task: Task, rows: int, columns: int) -> bool:  # noqa: ARG002
        return rows <= _MOST_ROWS and columns <= _MOST_COLUMNS

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [{"k": 20, "relevance": 0.25}, {"k": 5, "relevance": 0.25}]

    def _train(self, training: Training) -> Fitted:
        array = matrix(training.X).astype(np.float32)
        scales = _scales(training, float(training.params.get("relevance", 0.0)))
        rows = array * scales
        targets = _targets(training)
        weights = np.ones(len(rows)) if training.weight is None else training.weight
        model = {
            "rows": rows,
            "scales": scales,
            "targets": targets,
            "weights": weights,
            "prior": np.average(targets, axis=0, weights=weights),
        }
        info = {
            **training.info,
            "neighbours": int(training.params.get("k", 20)),
            "distance": float(np.sqrt(2 * rows.var(axis=0, dtype=np.float64).sum())) or 1.0,
        }

        def write(folder: Path) -> None:
            np.savez_compressed(folder / FILE, allow_pickle=False, **model)

        return Fitted(NearestPredictor(info, model, training.threads), write, None)


def _targets(training: Training) -> np.ndarray:
    """(n, outputs): values, or ones at the row's class."""
    regression = training.task == "regression"
    targets = training.y[:, None] if regression else np.eye(training.classes)[training.y]
    return np.asarray(targets, dtype=np.float64)


def _scales(training: Training, relevance: float) -> np.ndarray:
    columns = training.X.shape[1]
    if not relevance or len(training.y) < _FEWEST_ROWS:
        return np.ones(columns, dtype=np.float32)
    rows = sample_rows(len(training.y), columns)
    table = {str(name): training.X[name].to_numpy()[rows] for name in training.X}
    gain = np.array(list(gains(table, training.y[rows]).values()))
    return (columns * gain).astype(np.float32) ** np.float32(relevance)
