"""CatBoost: symmetric trees with ordered statistics of categories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.problem import Task
from automl_tasks.serve.predictors.catboost import FILE, CatBoostPredictor, make_pool

from ._base import Family, Fitted, Training
from ._stopper import Stopper

__all__ = ["CatBoost"]

_FEW_ROWS = 2_000
_LEAST_WEIGHT = 1e-3
_LOSSES = {"regression": "RMSE", "binary": "Logloss", "multiclass": "MultiClass"}


class CatBoost(Family):
    """The library's defaults at a fixed learning rate, a deeper and a level-wise variant."""

    name = "catboost"
    recipe = "catboost"
    stops_early = True
    kind = "catboost"

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        few = rows < _FEW_ROWS
        return [
            # Ordered boosting, which small tables alone repay: it costs twice as much.
            {"learning_rate": 0.05, "depth": 6, "boosting_type": "Ordered"}
            if few
            else {"learning_rate": 0.08, "depth": 6, "max_ctr_complexity": 2},
            {
                "learning_rate": 0.05,
                "depth": 4 if few else 8,
                "l2_leaf_reg": 5.0,
                "random_strength": 2.0,
                "max_ctr_complexity": 2,
            },
            {
                "recipe": "catboost_pairs",
                "learning_rate": 0.06,
                "depth": 5 if few else 7,
                "grow_policy": "Depthwise",
                "bootstrap_type": "Bernoulli",
                "subsample": 0.81,
                "l2_leaf_reg": 1.8,
                "max_ctr_complexity": 2,
            },
        ]

    def _train(self, training: Training) -> Fitted:
        from catboost import CatBoost as Model

        loss = _LOSSES[training.task]
        if training.quantile is not None:
            loss = f"Quantile:alpha={training.quantile}"
        model = Model(
            {
                "boosting_type": "Plain",
                **training.params,
                "loss_function": loss,
                "iterations": training.rounds(),
                "thread_count": training.threads,
                "random_seed": training.seed,
                "allow_writing_files": False,
                "logging_level": "Silent",
                **({"classes_count": training.classes} if loss == "MultiClass" else {}),
            }
        )
        held_back = training.valid and make_pool(
            training.valid[0],
            training.categorical,
            training.valid[1],
            training.threads,
            training.valid_weight,
        )
        model.fit(
            make_pool(
                training.X, training.categorical, training.y, training.threads, _weight(training)
            ),
            eval_set=held_back,
            use_best_model=held_back is not None,
            callbacks=[_Watch(training.stopper)],
        )
        iterations = int(model.tree_count_)
        info = {**training.info, "iterations": iterations}

        def write(folder: Path) -> None:
            model.save_model(str(folder / FILE), format="cbm")

        return Fitted(CatBoostPredictor(info, model, training.threads), write, iterations)


def _weight(training: Training) -> np.ndarray | None:
    # A leaf whose rows weigh nothing has no solution, which CatBoost takes for a failure.
    return None if training.weight is None else np.maximum(training.weight, _LEAST_WEIGHT)


class _Watch:
    def __init__(self, stopper: Stopper) -> None:
        self._stopper = stopper

    def after_iteration(self, info: Any) -> bool:
        """Whether to go on."""
        # Its only loss, whose name the library spells in its own way.
        losses = next(iter(info.metrics.get("validation", {}).values()), None)
        return not self._stopper.update(info.iteration, float(losses[-1]) if losses else None)
