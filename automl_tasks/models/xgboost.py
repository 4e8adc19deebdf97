"""XGBoost: depth-wise or leaf-wise gradient boosting on histograms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.problem import Task
from automl_tasks.serve.predictors.xgboost import FILE, XGBoostPredictor, coded_matrix

from ._base import Family, Fitted, Training
from ._stopper import Stopper

__all__ = ["XGBoost"]

_OBJECTIVES = {
    "regression": {"objective": "reg:squarederror", "eval_metric": "rmse"},
    "binary": {"objective": "binary:logistic", "eval_metric": "logloss"},
    "multiclass": {"objective": "multi:softprob", "eval_metric": "mlogloss"},
}


class XGBoost(Family):
    """Two configurations after AutoGluon's portfolios, with faster learning rates."""

    name = "xgboost"
    recipe = "tree"
    kind = "xgboost"

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {
                "learning_rate": 0.07,
                "max_depth": 6 if rows >= 2_000 else 4,
                "subsample": 0.9,
                "colsample_bytree": 0.8,
            },
            {
                "learning_rate": 0.035,
                "grow_policy": "lossguide",
                "max_depth": 10,
                "max_leaves": 35,
                "min_child_weight": 0.14,
                "subsample": 0.7,
                "colsample_bylevel": 0.64,
                "reg_alpha": 3.5,
                "reg_lambda": 1.3,
            },
        ]

    def _train(self, training: Training) -> Fitted:
        import xgboost

        params = {
            **_OBJECTIVES[training.task],
            "tree_method": "hist",
            **training.params,
            "nthread": training.threads,
            "seed": training.seed,
            "verbosity": 0,
        }
        if training.task == "multiclass":
            params["num_class"] = training.classes
        valid = training.valid
        grown = xgboost.train(
            params,
            _data(training, training.X, training.y),
            num_boost_round=training.rounds(default=300, most=10_000),
            evals=[(_data(training, *valid), "valid")] if valid else [],
            callbacks=[_callback(training.stopper)],
            verbose_eval=False,
        )
        iterations = training.stopper.best
        booster = grown[:iterations]
        info = {**training.info, "iterations": iterations}

        def write(folder: Path) -> None:
            booster.save_model(folder / FILE)

        return Fitted(XGBoostPredictor(info, booster, training.threads), write, iterations)


def _data(training: Training, X: pd.DataFrame, y: np.ndarray) -> Any:
    import xgboost

    kinds = ["c" if at in set(training.categorical) else "float" for at in range(X.shape[1])]
    return xgboost.DMatrix(
        coded_matrix(X, training.categorical),
        y,
        feature_types=kinds,
        enable_categorical=True,
        nthread=training.threads,
    )


def _callback(stopper: Stopper) -> Any:
    from xgboost.callback import TrainingCallback

    class Watch(TrainingCallback):  # type: ignore[misc]  # untyped library
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
            losses = [log for metrics in evals_log.values() for log in metrics.values()]
            return stopper.update(epoch + 1, float(losses[0][-1]) if losses else None)

    return Watch()
