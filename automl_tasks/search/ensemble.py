"""Greedy ensemble selection on out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.metrics import loss_by_fold

__all__ = ["blend", "greedy_weights"]

Array = NDArray[Any]
_SCORED_ROWS = 200_000
_EQUAL = 1e-12


def greedy_weights(
    predictions: Sequence[Array],
    y: Array,
    metric: str,
    *,
    folds: Array | None = None,
    rounds: int = 25,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Weights of a weighted mean, chosen one member at a time, with replacement.

    Each round adds the model that lowers the loss of the running mean most; of equal ones one
    that is already in. The best prefix counts, so the ensemble is never worse on these rows than
    the best single model, which is the first prefix.

    Parameters
    ----------
    predictions
        One (n,) or (n, k) array a model, of the same rows.
    y
        (n,) values or class codes.
    metric
        Name of the task's metric.
    folds
        (n,) folds whose losses are averaged, as in `loss_by_fold`; None: the rows are pooled.

    Returns
    -------
    ndarray
        One weight a model, summing to 1; 0 for a model that was not chosen.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew, Ksikes (2004): Ensemble selection from libraries of models.
    """
    chosen_rows = _rows_to_score(len(y), seed)
    y = y[chosen_rows]
    folds = np.zeros(len(y)) if folds is None else folds[chosen_rows]
    models = [np.asarray(each, dtype=np.float64)[chosen_rows] for each in predictions]
    counts = np.zeros(len(models))
    running = np.zeros_like(models[0])
    best_loss, best_counts = np.inf, counts
    for size in range(1, rounds + 1):
        losses = [_loss(metric, y, (running + model) / size, folds) for model in models]
        chosen = _lowest(losses, counts)
        running, counts = running + models[chosen], counts.copy()
        counts[chosen] += 1
        if losses[chosen] < best_loss - _EQUAL:
            best_loss, best_counts = losses[chosen], counts
    return np.asarray(best_counts / best_counts.sum())


def blend(predictions: Sequence[Array], weights: Sequence[float]) -> NDArray[np.float64]:
    """Weighted mean of (n,) or (n, k) predictions; models of weight 0 are not read."""
    parts = [
        weight * np.asarray(each, dtype=np.float64)
        for each, weight in zip(predictions, weights, strict=True)
        if weight > 0
    ]
    return np.asarray(np.sum(parts, axis=0) / sum(weight for weight in weights if weight > 0))


def _rows_to_score(rows: int, seed: int) -> Array:
    if rows <= _SCORED_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, _SCORED_ROWS, replace=False))


def _loss(metric: str, y: Array, prediction: Array, folds: Array) -> float:
    value = loss_by_fold(metric, y, prediction, folds)
    return np.inf if np.isnan(value) else value


def _lowest(losses: list[float], counts: Array) -> int:
    lowest = min(losses)
    ties = [index for index, value in enumerate(losses) if value <= lowest + _EQUAL]
    return max(ties, key=lambda index: (counts[index] > 0, -index))
