"""Ridge, logistic and softmax regression by one quasi-Newton solver that keeps the time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.problem import Task
from automl_tasks.serve.predictors import matrix
from automl_tasks.serve.predictors.linear import FILE, LinearPredictor, sigmoid, softmax

from ._base import Family, Fitted, Training

__all__ = ["Linear"]

_MOST_CELLS = 300_000_000
_MOST_STEPS = 500

# Of the target's deviation, within which the corner of the quantile loss is rounded off: the solver
# needs a slope.
_CORNER = 0.02

Loss = Callable[[np.ndarray], tuple[float, np.ndarray]]


class Linear(Family):
    """L2-penalised linear models on scaled features; ``C`` is scikit-learn's inverse penalty."""

    name = "linear"
    recipe = "linear"
    kind = "linear"

    def supports(self, task: Task, rows: int, columns: int) -> bool:  # noqa: ARG002
        return rows * columns <= _MOST_CELLS

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {"C": 0.3, "recipe": "linear_splines"},
            {"C": 1.0},
            {"C": 0.02},
            {"C": 5.0, "recipe": "linear_splines"},
        ]

    def _train(self, training: Training) -> Fitted:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        # Single precision: twice as fast, and finer than the minimum is sought.
        array = matrix(training.X).astype(np.float32, copy=False)
        outputs = training.classes if training.task == "multiclass" else 1
        penalty = 1.0 / (float(training.params.get("C", 1.0)) * len(array))
        with threadpool_limits(limits=training.threads):
            solution = _minimise(_objective(training, array, outputs, penalty), array, training)
        weights = solution.reshape(array.shape[1] + 1, outputs)
        model = {"coefficients": weights[:-1], "intercept": weights[-1]}

        def write(folder: Path) -> None:
            np.savez(folder / FILE, **model)

        return Fitted(LinearPredictor(training.info, model, training.threads), write, None)


def _objective(training: Training, array: np.ndarray, outputs: int, penalty: float) -> Loss:
    """Mean loss plus penalty, and its gradient; the intercept is not penalised."""
    truth = np.eye(outputs)[training.y] if outputs > 1 else training.y[:, None]
    truth = truth.astype(np.float32)
    weight = np.ones((1, 1)) if training.weight is None else training.weight[:, None]
    weight = weight.astype(np.float32)

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(-1, outputs)
        near = weights.astype(np.float32)
        scores = array @ near[:-1] + near[-1]
        loss, residual = _loss(training, scores, truth, weight)
        gradient = np.vstack([array.T @ residual, residual.sum(axis=0)]) / len(array)
        gradient[:-1] += penalty * weights[:-1]
        return loss + 0.5 * penalty * float((weights[:-1] ** 2).sum()), gradient.ravel()

    return objective


def _loss(
    training: Training, scores: np.ndarray, truth: np.ndarray, weight: np.ndarray
) -> tuple[float, np.ndarray]:
    """Mean loss, and its derivative by each score times the number of rows."""
    if training.quantile is not None:
        above = (scores - truth) / _CORNER
        loss = _CORNER * (np.logaddexp(0, above) - training.quantile * above)
        residual = sigmoid(above) - training.quantile
    elif training.task == "regression":
        residual = scores - truth
        loss = 0.5 * residual**2
    elif training.task == "binary":
        loss = np.logaddexp(0, scores) - truth * scores
        residual = sigmoid(scores) - truth
    else:
        shares = softmax(scores)
        likely = np.maximum((shares * truth).sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        loss, residual = -np.log(likely), shares - truth
    return float((weight * loss).mean(dtype=np.float64)), weight * residual


def _minimise(objective: Loss, array: np.ndarray, training: Training) -> np.ndarray:
    """Minimum by L-BFGS, or the point that it had reached when the time was up."""
    from scipy.optimize import minimize

    outputs = training.classes if training.task == "multiclass" else 1
    steps = 0

    def watch(intermediate_result: Any) -> None:  # noqa: ARG001  # scipy asks for the name
        nonlocal steps
        steps += 1
        if training.stopper.update(steps, None):
            raise StopIteration

    found = minimize(
        objective,
        np.zeros((array.shape[1] + 1) * outputs),
        jac=True,
        method="L-BFGS-B",
        callback=watch,
        options={
            "maxiter": training.iterations or _MOST_STEPS,
            "maxcor": 20,
            # A millionth of the loss, far below what a held-back row could tell.
            "ftol": 1e-6,
            "gtol": 1e-6,
        },
    )
    return np.asarray(found.x)
