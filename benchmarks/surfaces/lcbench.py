"""LCBench: a neural network with seven hyperparameters on 34 public tables, epoch by epoch.

The surrogate of YAHPO Gym (github.com/slds-lmu/yahpo_data, Apache-2.0), a file of a few MB that
onnxruntime evaluates in a millisecond. The clock is the surrogate's own time of a training.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.meta import (
    Finished,
    ForestSampler,
    Matrix,
    Number,
    Observation,
    Portfolio,
    Size,
    Space,
)

__all__ = ["CHECKPOINTS", "METHODS", "Surface", "curve"]

CHECKPOINTS = (1, 2, 4, 8, 12, 24)  # full trainings of the median configuration
SPACE = Space(
    {
        "batch_size": Number(16, 512, log=True, integer=True),
        "learning_rate": Number(1e-4, 1e-1, log=True),
        "max_dropout": Number(0.0, 1.0),
        "max_units": Number(64, 1024, log=True, integer=True),
        "momentum": Number(0.1, 0.99),
        "num_layers": Number(1, 5, integer=True),
        "weight_decay": Number(1e-5, 0.1),
    }
)
_EPOCHS = 52
_POOL = 400  # recorded configurations, from which the other tables' best are transferred
_TRANSFERRED = 8
_INPUTS = (
    "epoch", "batch_size", "learning_rate", "momentum", "weight_decay", "num_layers", "max_units",
    "max_dropout",
)  # fmt: skip

Params = dict[str, Any]
Propose = Callable[[list[Observation]], Params]


class Surface:
    """The surrogate, and what it says of a pool of random configurations on every table."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            folder / "yahpo" / "lcbench" / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        encoding = json.loads((folder / "yahpo" / "lcbench" / "encoding.json").read_text())
        codes = encoding["OpenML_task_id"]
        self.tables = [name for name in codes if name != "#na#"]
        self._codes = codes
        random = np.random.default_rng(0)
        self.pool = [SPACE.params(random.random(len(SPACE.dimensions))) for _ in range(_POOL)]
        last = [
            self._ask(name, [{**each, "epoch": _EPOCHS} for each in self.pool])
            for name in self.tables
        ]
        self.losses = np.array([each[0] for each in last])
        self.seconds = np.array([each[1] for each in last])

    def training(self, table: str, params: Params) -> tuple[np.ndarray, np.ndarray]:
        """Validation error (%) and seconds since the start, after each epoch."""
        epochs = [{**params, "epoch": each} for each in range(1, _EPOCHS + 1)]
        losses, seconds = self._ask(table, epochs)
        return losses, np.maximum.accumulate(seconds)

    def _ask(
        self, table: str, points: Sequence[Mapping[str, Any]]
    ) -> tuple[np.ndarray, np.ndarray]:
        names = [each.name for each in self._session.get_inputs()]
        numbers = np.array([[each[key] for key in _INPUTS] for each in points], dtype=np.float32)
        codes = np.full((len(points), 1), self._codes[table], dtype=np.int32)
        answer = self._session.run(None, {names[0]: codes, names[1]: numbers})[0]
        return 100.0 - answer[:, 1].astype(float), np.maximum(answer[:, 0].astype(float), 0.01)

    def matrix_without(self, table: str) -> Matrix:
        """What the pool came to on the other tables."""
        keep = [at for at, name in enumerate(self.tables) if name != table]
        return Matrix(
            tables=tuple(self.tables[at] for at in keep),
            configurations=tuple(f"c{at}" for at in range(_POOL)),
            families=("mlp",) * _POOL,
            losses=self.losses[keep],
            # Trainings of the median configuration: how large the tables are is not known here.
            seconds=self.seconds[keep] / np.median(self.seconds[keep], axis=1, keepdims=True),
            sizes=np.zeros((len(keep), 3)),
            metafeatures=np.empty((len(keep), 0)),
            names=(),
        )


def random_search(surface: Surface, table: str, seed: int) -> Propose:
    random = np.random.default_rng([surface.tables.index(table), seed])
    return lambda _: SPACE.params(random.random(len(SPACE.dimensions)))


def cold_forest(seed: int) -> Propose:
    sampler = ForestSampler(SPACE, seed)
    return lambda seen: sampler.propose(seen).params


def warm_forest(surface: Surface, table: str, seed: int) -> Propose:
    """Eight configurations in the portfolio's order, then the forest."""
    return _after_transfer(surface, table, cold_forest(seed))


def cold_tpe(seed: int) -> Propose:
    """Optuna's TPE."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    space: dict[str, Any] = {}
    for name, each in SPACE.dimensions.items():
        assert isinstance(each, Number)
        space[name] = (
            optuna.distributions.IntDistribution(int(each.low), int(each.high), log=each.log)
            if each.integer
            else optuna.distributions.FloatDistribution(each.low, each.high, log=each.log)
        )

    told = 0

    def propose(seen: list[Observation]) -> Params:
        nonlocal told
        for each in seen[told:]:
            study.add_trial(
                optuna.trial.create_trial(
                    params=dict(each.params), distributions=space, value=each.loss
                )
            )
        told = len(seen)
        # The trial that is asked for is dropped: all, transferred ones too, come by add_trial.
        trial = study.ask(space)
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return dict(trial.params)

    return propose


def warm_tpe(surface: Surface, table: str, seed: int) -> Propose:
    return _after_transfer(surface, table, cold_tpe(seed))


METHODS: dict[str, Callable[[Surface, str, int], Propose]] = {
    "random": random_search,
    "TPE, cold": lambda _surface, _table, seed: cold_tpe(seed),
    "forest, cold": lambda _surface, _table, seed: cold_forest(seed),
    "TPE, warm": warm_tpe,
    "forest, warm (ours)": warm_forest,
}


def curve(surface: Surface, table: str, method: str, seed: int) -> list[float]:
    """Lowest error (%) at each checkpoint; 100 before the first epoch."""
    propose = METHODS[method](surface, table, seed)
    unit = float(np.median(surface.seconds[surface.tables.index(table)]))
    limit = CHECKPOINTS[-1] * unit
    spent, best, steps = 0.0, 100.0, [(0.0, 100.0)]
    seen: list[Observation] = []
    while spent < limit:
        params = propose(seen)
        losses, seconds = surface.training(table, params)
        for loss, after in zip(losses, seconds, strict=True):
            if spent + after <= limit and loss < best:
                best = float(loss)
                steps.append((spent + float(after), best))
        spent += float(seconds[-1])
        seen.append(Observation(params, float(losses[-1]), float(seconds[-1]) / unit))
    return [min(loss for at, loss in steps if at <= each * unit) for each in CHECKPOINTS]


def _after_transfer(surface: Surface, table: str, then: Propose) -> Propose:
    order = Portfolio(surface.matrix_without(table), Size(1, 1))
    keys = {f"c{at}": params for at, params in enumerate(surface.pool)}
    finished: dict[str, Finished] = {}
    running: list[str] = []

    def propose(seen: list[Observation]) -> Params:
        for key, each in zip(running, seen, strict=False):
            finished[key] = Finished(each.loss, each.seconds)
        if len(seen) >= _TRANSFERRED:
            return then(seen)
        chosen = order.next(finished, float("inf"))
        assert chosen is not None
        running.append(chosen.configuration)
        return keys[chosen.configuration]

    return propose
