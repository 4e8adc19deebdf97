"""A loss for every single row, where a metric such as the AUC has only one for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.search import Plan
    from automl_tasks.search.measure import Measure

__all__ = ["learned_losses", "loss_name", "row_losses"]

_NAMES = {
    "rmse": "squared error",
    "r2": "squared error",
    "mae": "absolute error",
    "pinball": "pinball loss",
    "cost": "cost",
    "accuracy": "share of wrong labels",
    "balanced_accuracy": "share of wrong labels",
    "f1": "share of wrong labels",
    "mcc": "share of wrong labels",
}
_LEAST = 1e-6  # an error made with certainty costs 14, not infinity
_LEAST_LEARNED = 0.01  # one certain error must not outweigh what a window shows


def loss_name(measure: Measure) -> str:
    """What `row_losses` computes, in words."""
    return _NAMES.get(measure.name, "log loss")


def row_losses(
    truth: NDArray[Any], prediction: NDArray[Any], measure: Measure
) -> NDArray[np.float64]:
    """Loss of each row, lower is better.

    The metric's own where it is a mean over rows. Else the nearest: squared error for R², the log
    loss where probabilities are judged, and 1 a wrong label where labels are.

    Parameters
    ----------
    truth
        (n,) values or class codes.
    prediction
        (n,) values or (n, classes) probabilities.
    measure
        With the model's decision.

    Returns
    -------
    ndarray of shape (n,)
        NaN where the prediction is.
    """
    from automl_tasks.search.label_metrics import cost_table

    prediction = np.asarray(prediction, dtype=np.float64)
    if prediction.ndim == 1:
        return _of_values(np.asarray(truth, dtype=np.float64), prediction, measure)
    rows, codes = np.arange(len(truth)), np.asarray(truth, dtype=np.int64)
    name = loss_name(measure)
    if name == "log loss":
        return np.asarray(-np.log(np.clip(prediction[rows, codes], _LEAST, 1.0)))
    labels = (measure.decision or measure.untuned).labels(prediction)
    if name == "cost":
        return np.asarray(cost_table(measure, prediction.shape[1])[codes, labels], dtype=np.float64)
    return np.asarray(labels != codes, dtype=np.float64)


def learned_losses(plan: Plan, y: NDArray[Any], prediction: NDArray[Any]) -> NDArray[np.float64]:
    """Loss of each row by what models of the task learn, which tells more than labels do.

    Parameters
    ----------
    y
        (n,) values or class codes.
    prediction
        (n,) values or (n, classes) probabilities.

    Returns
    -------
    ndarray of shape (n,)
        Log losses with probabilities of at least 1 %, or the errors of `row_losses`.
    """
    if plan.classes is not None:
        said = np.clip(prediction[np.arange(len(y)), y], _LEAST_LEARNED, 1 - _LEAST_LEARNED)
        return np.asarray(-np.log(said), dtype=np.float64)
    return _of_values(np.asarray(y, dtype=np.float64), prediction, plan.measure)


def _of_values(
    truth: NDArray[np.float64], prediction: NDArray[np.float64], measure: Measure
) -> NDArray[np.float64]:
    missed = truth - prediction
    if measure.name == "mae":
        return np.asarray(np.abs(missed))
    if measure.name == "pinball":
        return np.asarray(np.maximum(measure.quantile * missed, (measure.quantile - 1) * missed))
    return np.asarray(np.square(missed))
