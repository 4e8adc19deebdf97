"""Ridge, logistic and softmax regression by one quasi-Newton solver that keeps the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
_MOST_BOUNDED = 100_000  # weights

# Of the target's deviation, within which the corner of the quantile loss is rounded off: the solver
# needs a slope.
_CORNER = 0.02

Loss = Callable[[np.ndarray], tuple[float, np.ndarray]]


class Linear(Family):
    """Penalised linear models on scaled features.

    Parameters of a configuration, as scikit-learn names them: ``C``, the inverse penalty, and
    ``l1_ratio``, the part of it that is of absolute values (0: ridge, 1: lasso). With more than
    100,000 weights, features times outputs, it is ridge whatever ``l1_ratio`` says: SciPy makes
    the bounds of a lasso one by one in Python, which no clock can stop.
    """

    name = "linear"
    recipe = "linear"
    kind = "linear"

    def supports(self, task: Task, rows: int, columns: int) -> bool:  # noqa: ARG002
        return rows * columns <= _MOST_CELLS

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {"C": 0.3, "recipe": "linear_splines"},
            {"C": 1.0},
            {"C": 0.3, "l1_ratio": 0.5, "recipe": "linear_splines"},
            {"C": 0.02},
            {"C": 5.0, "recipe": "linear_splines"},
        ]

    def _train(self, training: Training) -> Fitted:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        # Single precision: twice as fast, and finer than the minimum is sought.
        array = matrix(training.X).astype(np.float32, copy=False)
        outputs = training.classes if training.task == "multiclass" else 1
        penalty = 1.0 / (float(training.params.get("C", 1.0)) * len(array))
        count = array.shape[1] * outputs
        few = count <= _MOST_BOUNDED
        lasso = float(training.params.get("l1_ratio", 0.0)) * penalty if few else 0.0
        objective = _objective(training, array, outputs, penalty - lasso)
        with threadpool_limits(limits=training.threads):
            if lasso:
                solution = _minimise_parts(objective, count, outputs, lasso, training)
            else:
                solution = _minimise(objective, np.zeros(count + outputs), training)
        weights = solution.reshape(array.shape[1] + 1, outputs)
        model = {"coefficients": weights[:-1], "intercept": weights[-1]}

        def write(folder: Path) -> None:
            np.savez(folder / FILE, **model)

        return Fitted(LinearPredictor(training.info, model, training.threads), write, None)


def _objective(training: Training, array: np.ndarray, outputs: int, penalty: float) -> Loss:
    """Mean loss plus penalty of the squares, and its gradient; the intercept is not penalised."""
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


def _minimise_parts(
    objective: Loss, count: int, free: int, lasso: float, training: Training
) -> np.ndarray:
    """Minimum with a penalty of the absolute values of `count` weights; `free` ones follow.

    They have a corner at 0. So the positive and the negative part of each, which have none, are
    sought above 0, of which one ends there.
    """

    def parted(flat: np.ndarray) -> tuple[float, np.ndarray]:
        above, below, others = np.split(flat, [count, 2 * count])
        loss, gradient = objective(np.concatenate([above - below, others]))
        slope = gradient[:count]
        total = loss + lasso * float(above.sum() + below.sum())
        return total, np.concatenate([slope + lasso, lasso - slope, gradient[count:]])

    bounds = [(0.0, None)] * (2 * count) + [(None, None)] * free
    found = _minimise(parted, np.zeros(2 * count + free), training, bounds)
    return np.concatenate([found[:count] - found[count : 2 * count], found[2 * count :]])


def _minimise(
    objective: Loss,
    start: np.ndarray,
    training: Training,
    bounds: Sequence[tuple[float | None, float | None]] | None = None,
) -> np.ndarray:
    """Minimum by L-BFGS, or the point that it had reached when the time was up."""
    from scipy.optimize import minimize

    steps = 0

    def watch(intermediate_result: Any) -> None:  # noqa: ARG001  # scipy asks for the name
        nonlocal steps
        steps += 1
        if training.stopper.update(steps, None):
            raise StopIteration

    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
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
