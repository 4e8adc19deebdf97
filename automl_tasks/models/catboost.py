"""CatBoost: symmetric trees with ordered statistics of categories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automl_tasks.problem import Task
from automl_tasks.serve.predictors.catboost import FILE, CatBoostPredictor, make_pool

from ._base import Family, Fitted, Training
from ._stopper import Stopper

__all__ = ["CatBoost"]

_LOSSES = {"regression": "RMSE", "binary": "Logloss", "multiclass": "MultiClass"}


class CatBoost(Family):
    """The library's defaults at a fixed learning rate, and a deeper variant."""

    name = "catboost"
    recipe = "catboost"
    stops_early = True
    kind = "catboost"

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {"learning_rate": 0.08 if rows >= 2_000 else 0.04, "depth": 6},
            {
                "learning_rate": 0.05,
                "depth": 7,
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
        model = Model(
            {
                # Cheaper per iteration than ordered boosting, which small tables alone repay.
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
                training.X, training.categorical, training.y, training.threads, training.weight
            ),
            eval_set=held_back,
            use_best_model=held_back is not None,
            callbacks=[_Watch(training.stopper, loss)],
        )
        iterations = int(model.tree_count_)
        info = {**training.info, "iterations": iterations}

        def write(folder: Path) -> None:
            model.save_model(str(folder / FILE), format="cbm")

        return Fitted(CatBoostPredictor(info, model, training.threads), write, iterations)


class _Watch:
    def __init__(self, stopper: Stopper, loss: str) -> None:
        self._stopper = stopper
        self._loss = loss

    def after_iteration(self, info: Any) -> bool:
        """Whether to go on."""
        losses = info.metrics.get("validation", {}).get(self._loss)
        return not self._stopper.update(info.iteration, float(losses[-1]) if losses else None)
