"""The one metric table: search ranks by it, assess reports it, deliver and monitor decide by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import ProblemError
from automl_tasks.nearest import nearest
from automl_tasks.problem import Metric, Problem, Task
from automl_tasks.search import formulas
from automl_tasks.search.label_metrics import LabelRows
from automl_tasks.search.measure import Labelling, Measure
from automl_tasks.search.offsets import best_offset
from automl_tasks.search.thresholds import best_value

__all__ = [
    "METRICS",
    "Labelling",
    "Measure",
    "MetricInfo",
    "check_exists",
    "check_metric",
    "default_metric",
    "loss",
    "loss_by_fold",
    "loss_of_score",
    "measure_of",
    "measures_of",
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
        ``values`` (regression), ``probabilities`` of all classes, or ``labels`` (which a decision
        makes of probabilities).
    compute
        ``compute(y, prediction, weight, measure)``, the prediction being probabilities also where
        labels are needed; NaN when `y` does not determine the metric (one class only).
    setting
        Key of the problem file without which the metric is not reported.
    """

    name: Metric
    greater_is_better: bool
    needs: Literal["values", "probabilities", "labels"]
    tasks: tuple[Task, ...]
    compute: Callable[[Array, Array, Array | None, Measure], float]
    setting: str = ""


def default_metric(task: Task) -> Metric:
    """Metric of a problem that names none."""
    return _DEFAULTS[task]


def metrics_of(task: Task) -> list[Metric]:
    """Metrics that suit a task and need no setting, the default one first."""
    suited = [info.name for info in _suited(task) if not info.setting]
    return sorted(suited, key=lambda name: name != _DEFAULTS[task])


def measure_of(problem: Problem, classes: list[str] | None = None) -> Measure:
    """The metric of a resolved problem, as a search compares models by it.

    Takes the place of the metric's name in every function that scores. Labels are scored under
    the best decision for the rows at hand, and quantiles with the best offset; `Measure.decided`
    fixes the decision that was tuned, and takes predictions as they are.

    Parameters
    ----------
    classes
        Labels as text in the order of their codes, from ``TargetCodec``.
    """
    costs = None
    if problem.costs and classes:
        costs = tuple(
            tuple(problem.costs.get(true, {}).get(label, 0.0) for label in classes)
            for true in classes
        )
    name = str(problem.metric)
    tuned = METRICS[name].needs == "labels" or name == "pinball"
    return Measure(name, problem.quantile, costs, tuned=tuned)


def measures_of(
    problem: Problem, classes: list[str] | None = None, decision: Labelling | None = None
) -> list[Measure]:
    """Every metric that says something of a resolved problem, its own first.

    Parameters
    ----------
    decision
        By which the model makes labels.
    """
    own = measure_of(problem, classes).decided(decision)
    settings = {"quantile": problem.metric == "pinball", "costs": bool(problem.costs), "": True}
    names = [info.name for info in _suited(_task(problem)) if settings[info.setting]]
    others = [
        Measure(name, own.quantile, own.costs, decision) for name in names if name != own.name
    ]
    return [own, *others]


def check_metric(metric: str, task: Task, *, where: str = "") -> None:
    """Refuse a metric that does not exist or does not suit the task.

    Raises
    ------
    ProblemError
        Naming the metrics that do.
    """
    check_exists(metric, where=where)
    if task not in METRICS[metric].tasks:
        raise ProblemError(
            f"metric {metric!r} does not suit the task {task!r}",
            where=where,
            remedy=f"Choose one of {', '.join([*metrics_of(task), *_with_settings(task)])}",
        )


def check_exists(metric: str, *, where: str = "") -> None:
    """Refuse a metric that no task has.

    Raises
    ------
    ProblemError
        Naming the nearest one and all others.
    """
    if metric not in METRICS:
        near = nearest(metric, METRICS)
        hint = f"Did you mean {near!r}? " if near else ""
        raise ProblemError(
            f"there is no metric {metric!r}",
            where=where,
            remedy=f"{hint}Choose one of {', '.join(METRICS)}",
        )


def score(metric: str | Measure, y: Array, prediction: Array, weight: Array | None = None) -> float:
    """Score of predictions.

    Parameters
    ----------
    metric
        Name in `METRICS`, or a measure where the metric has settings or a decision.
    y
        (n,) values, or class codes 0 … k-1.
    prediction
        (n,) values, or (n, k) probabilities.
    weight
        (n,) weights of the rows, none below 0; None: all equal.

    Returns
    -------
    float
        NaN when a prediction is not finite, or when the rows do not determine the metric.
    """
    measure = metric if isinstance(metric, Measure) else Measure(metric)
    info = METRICS[measure.name]
    prediction = np.asarray(prediction, dtype=np.float64)
    if len(y) == 0 or not np.isfinite(prediction).all():
        return float("nan")
    if weight is not None and not weight.any():
        return float("nan")
    y = np.asarray(y)
    y = y if info.needs == "values" else y.astype(np.int64, copy=False)
    return float(info.compute(y, prediction, weight, measure))


def loss(metric: str | Measure, y: Array, prediction: Array, weight: Array | None = None) -> float:
    """`score` turned so that lower is better: itself, or 1 - score (errors, never below 0)."""
    return loss_of_score(metric, score(metric, y, prediction, weight))


def loss_by_fold(
    metric: str | Measure,
    y: Array,
    prediction: Array,
    folds: Array,
    weight: Array | None = None,
) -> float:
    """Mean of the folds' losses, each weighted by its rows.

    In time order each fold has its own model and its own base rate, so probabilities of two folds
    cannot be ranked against each other: a pooled AUC would measure the drift, not the models.

    Parameters
    ----------
    folds
        (n,) number of the fold that each row was predicted in; all equal: plain `loss`.
    weight
        (n,) weights of the rows; a fold counts by the sum of its own.

    Returns
    -------
    float
        Over the folds that determine the metric; NaN when none does or a prediction is not finite.
    """
    if not np.isfinite(prediction).all():
        return float("nan")
    numbers = np.unique(folds)
    if len(numbers) <= 1:
        return loss(metric, y, prediction, weight)
    losses, sizes = [], []
    for part in (folds == number for number in numbers):
        own = None if weight is None else weight[part]
        value = loss(metric, y[part], prediction[part], own)
        if not np.isnan(value):
            losses.append(value)
            sizes.append(part.sum() if own is None else own.sum())
    return float(np.average(losses, weights=sizes)) if losses else float("nan")


def loss_of_score(metric: str | Measure, value: float) -> float:
    """The loss that belongs to a score."""
    name = metric.name if isinstance(metric, Measure) else metric
    return 1.0 - value if METRICS[name].greater_is_better else value


score_of_loss = loss_of_score  # 1 - (1 - score): it is its own inverse


def _suited(task: Task) -> list[MetricInfo]:
    return [info for info in METRICS.values() if task in info.tasks]


def _with_settings(task: Task) -> list[str]:
    return [f"{info.name} (with {info.setting!r})" for info in _suited(task) if info.setting]


def _task(problem: Problem) -> Task:
    if problem.task is None:
        raise ValueError(f"problem {problem.name!r} is not resolved")
    return problem.task


def _labels(y: Array, probabilities: Array, weight: Array | None, measure: Measure) -> float:
    """Value of a metric of labels, by the measure's decision."""
    rows = LabelRows(measure, y, probabilities, weight)
    if measure.tuned:
        return best_value(rows)
    return rows.value((measure.decision or measure.untuned).labels(probabilities))


def _plain(
    formula: Callable[[Array, Array, Array | None], float],
) -> Callable[[Array, Array, Array | None, Measure], float]:
    """A formula without settings."""
    return lambda y, prediction, weight, _: formula(y, prediction, weight)


def _pinball(y: Array, prediction: Array, weight: Array | None, measure: Measure) -> float:
    if measure.tuned:
        prediction = prediction + best_offset(measure, y, prediction, weight)
    return formulas.pinball(y, prediction, weight, measure.quantile)


_REGRESSION: tuple[Task, ...] = ("regression",)
_CLASSES: tuple[Task, ...] = ("binary", "multiclass")

METRICS: dict[str, MetricInfo] = {
    info.name: info
    for info in (
        MetricInfo("rmse", False, "values", _REGRESSION, _plain(formulas.rmse)),
        MetricInfo("mae", False, "values", _REGRESSION, _plain(formulas.mae)),
        MetricInfo("r2", True, "values", _REGRESSION, _plain(formulas.r2)),
        MetricInfo("pinball", False, "values", _REGRESSION, _pinball, "quantile"),
        MetricInfo("log_loss", False, "probabilities", _CLASSES, _plain(formulas.log_loss)),
        MetricInfo("roc_auc", True, "probabilities", _CLASSES, _plain(formulas.roc_auc)),
        MetricInfo(
            "average_precision", True, "probabilities", _CLASSES, _plain(formulas.average_precision)
        ),
        MetricInfo("accuracy", True, "labels", _CLASSES, _labels),
        MetricInfo("balanced_accuracy", True, "labels", _CLASSES, _labels),
        MetricInfo("f1", True, "labels", _CLASSES, _labels),
        MetricInfo("mcc", True, "labels", _CLASSES, _labels),
        MetricInfo("cost", False, "labels", _CLASSES, _labels, "costs"),
    )
}
