"""Greedy ensemble selection on out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.measure import Measure
from automl_tasks.search.metrics import loss

__all__ = ["blend", "greedy_weights", "light_weights"]

Array = NDArray[Any]
_SCORED_ROWS = 200_000
_EQUAL = 1e-12
_WORTH = 5e-4  # of the loss, that a member must spare to be worth its share of every prediction


def greedy_weights(
    predictions: Sequence[Array],
    y: Array,
    metric: str | Measure,
    *,
    folds: Array | None = None,
    weight: Array | None = None,
    rounds: int = 25,
    most_rows: int | None = None,
    seed: int = 0,
    costs: Sequence[float] | None = None,
    most_cost: float = np.inf,
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
    weight
        (n,) weights of the rows; None: all equal.
    most_rows
        Score on a sample of so many rows.
    costs, most_cost
        Of each model, and of all that are chosen together at most; one of them costs no more.

    Returns
    -------
    ndarray
        One weight a model, summing to 1; 0 for a model that was not chosen. Where no rows
        determine the metric, the first model is.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew, Ksikes (2004): Ensemble selection from libraries of models.
    """
    parts = _parts(np.zeros(len(y)) if folds is None else folds, most_rows, seed)
    models = [np.asarray(each, dtype=np.float64) for each in predictions]
    counts = np.zeros(len(models))
    running = np.zeros_like(models[0])
    best_loss, best_counts = np.inf, counts
    for size in range(1, rounds + 1):
        used = 0.0 if costs is None else float(np.dot(counts > 0, costs))
        losses = [
            _loss(metric, y, (running + model) / size, parts, weight)
            if costs is None or counts[at] > 0 or used + costs[at] <= most_cost
            else np.inf
            for at, model in enumerate(models)
        ]
        chosen = _lowest(losses, counts)
        running, counts = running + models[chosen], counts.copy()
        counts[chosen] += 1
        if losses[chosen] < best_loss - _EQUAL:
            best_loss, best_counts = losses[chosen], counts
    if not best_counts.any():  # no rows determine the metric: the models stay in their order
        best_counts[0] = 1
    return np.asarray(best_counts / best_counts.sum())


def light_weights(
    weights: NDArray[np.float64],
    predictions: Sequence[Array],
    y: Array,
    metric: str | Measure,
    *,
    folds: Array | None = None,
    weight: Array | None = None,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Weights without the members that hardly lower the loss: each costs time and memory.

    The lightest goes first, as long as all that went together cost less than a two-thousandth of
    the loss, and the best single model stays no better. Arguments as of `greedy_weights`.
    """
    parts = _parts(np.zeros(len(y)) if folds is None else folds, None, seed)

    def loss_of(some: NDArray[np.float64]) -> float:
        return _loss(metric, y, blend(predictions, some.tolist()), parts, weight)

    alone = [_loss(metric, y, np.asarray(each), parts, weight) for each in predictions]
    kept, least = weights, loss_of(weights)
    most = max(least, min(least * (1 + _WORTH), *alone))
    for at in np.argsort(weights, kind="stable")[:-1]:
        fewer = kept.copy()
        fewer[at] = 0.0
        if weights[at] > 0 and loss_of(fewer) <= most:
            kept = fewer
    return np.asarray(kept / kept.sum())


def blend(predictions: Sequence[Array], weights: Sequence[float]) -> NDArray[np.float64]:
    """Weighted mean of (n,) or (n, k) predictions; models of weight 0 are not read."""
    parts = [
        weight * np.asarray(each, dtype=np.float64)
        for each, weight in zip(predictions, weights, strict=True)
        if weight > 0
    ]
    return np.asarray(np.sum(parts, axis=0) / sum(weight for weight in weights if weight > 0))


def _parts(folds: Array, most_rows: int | None, seed: int) -> list[Array]:
    """Rows of each fold that are scored: cut out once, not in each of the many comparisons."""
    rows = np.arange(len(folds))
    most = most_rows or _SCORED_ROWS
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    return [rows[folds[rows] == fold] for fold in np.unique(folds[rows])]


def _loss(
    metric: str | Measure,
    y: Array,
    prediction: Array,
    parts: list[Array],
    weight: Array | None,
) -> float:
    """Mean of the folds' losses, weighted by their rows, over those that determine the metric."""
    losses = [
        (
            loss(metric, y[part], prediction[part], None if weight is None else weight[part]),
            len(part) if weight is None else float(weight[part].sum()),
        )
        for part in parts
    ]
    known = [(value, size) for value, size in losses if not np.isnan(value)]
    if not known:
        return np.inf
    return sum(value * size for value, size in known) / sum(size for _, size in known)


def _lowest(losses: list[float], counts: Array) -> int:
    lowest = min(losses)
    ties = [index for index, value in enumerate(losses) if value <= lowest + _EQUAL]
    return max(ties, key=lambda index: (counts[index] > 0, -index))
