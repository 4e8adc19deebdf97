"""The one metric table: search ranks by it, assess reports it, deliver and monitor decide by it.

Written in numpy, because greedy selection scores thousands of averaged predictions and a search's
parent process shall not import scikit-learn for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Metric, Task

__all__ = [
    "METRICS",
    "MetricInfo",
    "check_metric",
    "default_metric",
    "loss",
    "loss_by_fold",
    "metrics_of",
    "score",
    "score_of_loss",
]

Array = NDArray[Any]
_DEFAULTS: dict[Task, Metric] = {
    "regression": "rmse",
    "binary": "roc_auc",
    "multiclass": "log_loss",
}


@dataclass(frozen=True)
class MetricInfo:
    """What a metric is called, which way it points and what it is computed from.

    Attributes
    ----------
    needs
        ``values`` (regression), ``probabilities`` of all classes, or ``labels`` (the class of the
        highest probability).
    compute
        ``compute(y, prediction)``; NaN when `y` does not determine the metric (one class only).
    """

    name: Metric
    greater_is_better: bool
    needs: Literal["values", "probabilities", "labels"]
    tasks: tuple[Task, ...]
    compute: Callable[[Array, Array], float]


def default_metric(task: Task) -> Metric:
    """Metric of a problem that names none."""
    return _DEFAULTS[task]


def metrics_of(task: Task) -> list[Metric]:
    """Metrics that suit a task, the default one first."""
    suited = [info.name for info in METRICS.values() if task in info.tasks]
    return sorted(suited, key=lambda name: name != _DEFAULTS[task])


def check_metric(metric: str, task: Task, *, where: str = "") -> None:
    """Refuse a metric that does not suit the task.

    Raises
    ------
    ProblemError
        Naming the metrics that do.
    """
    if metric not in METRICS or task not in METRICS[metric].tasks:
        raise ProblemError(
            f"metric {metric!r} does not suit the task {task!r}",
            where=where,
            remedy=f"Choose one of {', '.join(metrics_of(task))}",
        )


def score(metric: str, y: Array, prediction: Array) -> float:
    """Score of predictions.

    Parameters
    ----------
    metric
        Name in `METRICS`.
    y
        (n,) values, or class codes 0 … k-1.
    prediction
        (n,) values, or (n, k) probabilities.

    Returns
    -------
    float
        NaN when a prediction is not finite, or when the rows do not determine the metric.
    """
    prediction = np.asarray(prediction, dtype=np.float64)
    if len(y) == 0 or not np.isfinite(prediction).all():
        return float("nan")
    info = METRICS[metric]
    if info.needs == "labels":
        prediction = prediction.argmax(axis=1)
    return float(info.compute(np.asarray(y), prediction))


def loss(metric: str, y: Array, prediction: Array) -> float:
    """`score` turned so that lower is better: itself, or 1 - score (errors, never below 0)."""
    value = score(metric, y, prediction)
    return 1.0 - value if METRICS[metric].greater_is_better else value


def loss_by_fold(metric: str, y: Array, prediction: Array, folds: Array) -> float:
    """Mean of the folds' losses, each weighted by its rows.

    In time order each fold has its own model and its own base rate, so probabilities of two folds
    cannot be ranked against each other: a pooled AUC would measure the drift, not the models.

    Parameters
    ----------
    folds
        (n,) number of the fold that each row was predicted in; all equal: plain `loss`.

    Returns
    -------
    float
        Over the folds that determine the metric; NaN when none does or a prediction is not finite.
    """
    if not np.isfinite(prediction).all():
        return float("nan")
    numbers = np.unique(folds)
    if len(numbers) <= 1:
        return loss(metric, y, prediction)
    parts = [folds == number for number in numbers]
    losses = np.array([loss(metric, y[part], prediction[part]) for part in parts])
    weights = np.where(np.isnan(losses), 0, [part.sum() for part in parts])
    if not weights.any():
        return float("nan")
    return float(np.average(np.nan_to_num(losses), weights=weights))


def score_of_loss(metric: str, value: float) -> float:
    """The score that belongs to a loss."""
    return 1.0 - value if METRICS[metric].greater_is_better else value


def _rmse(y: Array, prediction: Array) -> float:
    return float(np.sqrt(np.mean((y - prediction) ** 2)))


def _mae(y: Array, prediction: Array) -> float:
    return float(np.mean(np.abs(y - prediction)))


def _r2(y: Array, prediction: Array) -> float:
    total = float(np.sum((y - y.mean()) ** 2))
    return 1.0 - float(np.sum((y - prediction) ** 2)) / total if total > 0 else float("nan")


def _log_loss(y: Array, probabilities: Array) -> float:
    # Clipped so that one certain mistake does not make the whole score infinite.
    clipped = np.clip(probabilities, 1e-7, None)
    own = clipped[np.arange(len(y)), y.astype(np.int64)] / clipped.sum(axis=1)
    return -float(np.mean(np.log(own)))


def _auc(positive: Array, scores: Array) -> float:
    """Area under the ROC curve as the Mann-Whitney statistic; ties count half."""
    hits = int(positive.sum())
    if hits in (0, len(positive)):
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[inverse]
    misses = len(positive) - hits
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def _roc_auc(y: Array, probabilities: Array) -> float:
    """Binary, or the mean of one class against the rest over the classes that occur."""
    if probabilities.shape[1] == 2:
        return _auc(y == 1, probabilities[:, 1])
    present = np.unique(y.astype(np.int64))
    return float(np.mean([_auc(y == code, probabilities[:, code]) for code in present]))


def _average_precision(y: Array, probabilities: Array) -> float:
    order = np.argsort(-probabilities[:, 1], kind="stable")
    scores, positive = probabilities[order, 1], y[order] == 1
    if not positive.any():
        return float("nan")
    # Precision at the end of each run of equal scores: a tie has no order.
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    found = np.cumsum(positive)[ends]
    recall = found / found[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * found / (ends + 1)))


def _accuracy(y: Array, labels: Array) -> float:
    return float(np.mean(y == labels))


def _balanced_accuracy(y: Array, labels: Array) -> float:
    return float(np.mean([np.mean(labels[y == code] == code) for code in np.unique(y)]))


_REGRESSION: tuple[Task, ...] = ("regression",)
_CLASSES: tuple[Task, ...] = ("binary", "multiclass")

METRICS: dict[str, MetricInfo] = {
    info.name: info
    for info in (
        MetricInfo("rmse", False, "values", _REGRESSION, _rmse),
        MetricInfo("mae", False, "values", _REGRESSION, _mae),
        MetricInfo("r2", True, "values", _REGRESSION, _r2),
        MetricInfo("log_loss", False, "probabilities", _CLASSES, _log_loss),
        MetricInfo("roc_auc", True, "probabilities", _CLASSES, _roc_auc),
        MetricInfo("average_precision", True, "probabilities", ("binary",), _average_precision),
        MetricInfo("accuracy", True, "labels", _CLASSES, _accuracy),
        MetricInfo("balanced_accuracy", True, "labels", _CLASSES, _balanced_accuracy),
    )
}
