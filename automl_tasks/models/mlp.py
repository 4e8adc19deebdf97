"""Multilayer perceptrons on numbers, piecewise-linear parts and zero-one columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.problem import Task
from automl_tasks.serve.predictors import matrix
from automl_tasks.serve.predictors.linear import sigmoid
from automl_tasks.serve.predictors.mlp import FILE, Layer, MLPPredictor, averaged

from ._base import Family, Fitted, Training
from ._nets import Adam, Nets

__all__ = ["MLP", "MOST_EPOCHS", "STEPS", "batch_size"]

_MOST_CELLS = 40_000_000
STEPS = 4_000
_FEWEST_EPOCHS, MOST_EPOCHS = 12, 100
_MOST_ROWS_OF_AN_EPOCH = 65_536
_WARM_UP = 0.15
_MEAN_EVERY, _MEAN_FIRST = 4, 20  # steps: as good as every one, but for the first ones
_DEFAULTS: dict[str, Any] = {
    "hidden": [256, 256],
    "nets": 1,
    "learning_rate": 1.5e-3,
    "weight_decay": 0.3,
    "dropout": 0.2,
    "steps": STEPS,
}


class MLP(Family):
    """Rectified linear units, Adam, one cycle of the learning rate, averaged weights.

    Parameters of a configuration: ``hidden`` (units of each layer), ``nets`` (side by side),
    ``learning_rate`` (the highest), ``weight_decay``, ``dropout``, ``steps`` (of the cycle).
    """

    name = "mlp"
    recipe = "neural"
    kind = "mlp"
    stops_early = True
    patience = 12
    fits_into_time = True

    def supports(self, task: Task, rows: int, columns: int) -> bool:  # noqa: ARG002
        return rows * columns <= _MOST_CELLS

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {"hidden": [256, 256]},
            {"hidden": [128, 128], "nets": 4, "dropout": 0.3, "recipe": "neural_quantile"},
            {"hidden": [256, 256, 256], "steps": 3 * STEPS},
        ]

    def effort(self, params: dict[str, Any]) -> float:
        return float(params.get("steps", STEPS)) / STEPS

    def _train(self, training: Training) -> Fitted:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        with threadpool_limits(limits=training.threads):
            layers, epochs = _Fit(training).run()
        model: dict[str, np.ndarray] = {}
        for at, (weights, biases) in enumerate(layers):
            model |= {f"weights{at}": weights, f"biases{at}": biases}
        info = {**training.info, "iterations": epochs}

        def write(folder: Path) -> None:
            np.savez(folder / FILE, allow_pickle=False, **model)

        return Fitted(MLPPredictor(info, model, training.threads), write, epochs)


class _Fit:
    """One training from its first weights to its best averaged ones."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self.params = {**_DEFAULTS, **training.params}
        self.rng = np.random.default_rng(training.seed)
        self.array = np.ascontiguousarray(matrix(training.X), dtype=np.float32)
        outputs = training.classes if training.task == "multiclass" else 1
        self.truth = _truth(training, outputs)
        sizes = [self.array.shape[1], *self.params["hidden"], outputs]
        self.nets = Nets(sizes, int(self.params["nets"]), self.rng)
        self.adam = Adam(self.nets.decays, float(self.params["weight_decay"]))
        self.mean = self.nets.flat.copy()
        rows = len(self.array)
        self.batch = batch_size(rows)
        self.per_epoch = max(1, min(rows, _MOST_ROWS_OF_AN_EPOCH) // self.batch)
        steps = int(self.params["steps"])
        most = MOST_EPOCHS * max(steps, STEPS) // STEPS
        usual = int(np.clip(steps // self.per_epoch, _FEWEST_EPOCHS, most))
        self.epochs = training.rounds(usual, usual)

    def run(self) -> tuple[list[Layer], int]:
        """Layers of the epoch with the lowest held-back loss, and how many epochs it took."""
        training, best = self.training, self.mean.copy()
        batches = self._batches()
        clock = training.stopper.clock
        start, epoch, stop = clock(), 0, False
        while not stop and epoch < self.epochs:
            for at in range(self.per_epoch):
                self._step(next(batches), (epoch + at / self.per_epoch) / self.epochs)
            epoch += 1
            if epoch == 1:
                self.epochs = training.stopper.cycle(self.epochs, clock() - start)
            stop = training.stopper.update(epoch, self._loss())
            if training.stopper.best == epoch:
                best[:] = self.mean
        return self.nets.views(best), training.stopper.best

    def _batches(self) -> Iterator[np.ndarray]:
        """Rows of the next batch, over and over, in a new order each time."""
        while True:
            order = self.rng.permutation(len(self.array))
            size = min(self.batch, len(order))
            for at in range(0, len(order) - size + 1, size):
                yield order[at : at + size]

    def _step(self, rows: np.ndarray, progress: float) -> None:
        dropout = float(self.params["dropout"])
        scores, inputs = self.nets.forward(self.array[rows], dropout, self.rng)
        residual = self._residual(scores, rows)
        slope = self.nets.slope(inputs, residual, dropout)
        rate = float(self.params["learning_rate"]) * _cycle(progress)
        self.adam.update(self.nets.flat, slope, rate)
        every = 1 if self.adam.steps <= _MEAN_FIRST else _MEAN_EVERY
        if self.adam.steps % every == 0:
            # The mean of the last weights, over about a fifth of an epoch or twenty steps.
            share = max(1 / 200, 1 / (1 + self.adam.steps), 1 / (20 + self.per_epoch / 5))
            self.mean += np.float32(every * share) * (self.nets.flat - self.mean)

    def _residual(self, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Derivative of the mean loss of the batch by the scores, in each net."""
        task, truth = self.training.task, self.truth[rows]
        if self.training.quantile is not None:
            truth, told = np.float32(self.training.quantile), scores > truth
        elif task == "multiclass":
            raised = np.exp(scores - scores.max(axis=2, keepdims=True))
            told = raised / raised.sum(axis=2, keepdims=True)
        else:
            told = sigmoid(scores) if task == "binary" else scores
        residual = (told - truth) * np.float32(1 / len(rows))
        if self.training.weight is not None:
            residual *= self.training.weight[rows, None].astype(np.float32)
        return np.asarray(residual, dtype=np.float32)

    def _loss(self) -> float | None:
        """Of the averaged weights on the held-back rows."""
        if self.training.valid is None:
            return None
        X, y = self.training.valid
        array = matrix(X).astype(np.float32, copy=False)
        told = averaged(self.nets.views(self.mean), array, self.training.task)
        if self.training.quantile is not None:
            losses = (told - y) * ((told > y) - self.training.quantile)
        elif self.training.task == "regression":
            losses = (told - y) ** 2
        else:
            right = told[np.arange(len(y)), y] if told.ndim == 2 else np.where(y, told, 1 - told)
            losses = -np.log(np.maximum(right, 1e-12))
        return float(np.average(losses, weights=self.training.valid_weight))


def batch_size(rows: float) -> int:
    """Rows of a step, more of them in a larger table."""
    return 64 if rows < 4_000 else 128 if rows < 10_000 else 256


def _truth(training: Training, outputs: int) -> np.ndarray:
    truth = np.eye(outputs)[training.y] if outputs > 1 else training.y[:, None]
    return np.asarray(truth, dtype=np.float32)


def _cycle(progress: float) -> float:
    """Share of the highest learning rate: a short rise, then half a cosine down to zero."""
    if progress < _WARM_UP:
        return 0.1 + 0.9 * progress / _WARM_UP
    return 0.5 * (1 + float(np.cos(np.pi * (progress - _WARM_UP) / (1 - _WARM_UP))))
