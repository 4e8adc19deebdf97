"""XGBoost: depth-wise or leaf-wise gradient boosting on histograms."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from automl_tasks.problem import Task
from automl_tasks.serve.predictors.xgboost import FILE, XGBoostPredictor, coded_matrix

from ._base import Training
from ._boosting import Boosting
from ._stopper import Stopper

__all__ = ["XGBoost"]


class XGBoost(Boosting):
    """Configurations after AutoGluon's portfolios, with faster learning rates."""

    name = "xgboost"
    kind = "xgboost"
    predictor = XGBoostPredictor
    objectives: ClassVar[dict[Task, dict[str, str]]] = {
        "regression": {"objective": "reg:squarederror", "eval_metric": "rmse"},
        "binary": {"objective": "binary:logistic", "eval_metric": "logloss"},
        "multiclass": {"objective": "multi:softprob", "eval_metric": "mlogloss"},
    }

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {
                "learning_rate": 0.07,
                "max_depth": 6 if rows >= 2_000 else 4,
                "subsample": 0.9,
                "colsample_bytree": 0.8,
            },
            {
                "recipe": "tree_pairs",
                "learning_rate": 0.05,
                "max_depth": 8 if rows >= 10_000 else 5,
                "min_child_weight": 5.0,
                "subsample": 0.8,
                "colsample_bytree": 0.6,
                "reg_lambda": 3.0,
            },
            {
                "learning_rate": 0.04,
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

    def _boost(self, training: Training, params: dict[str, Any]) -> Any:
        import xgboost

        valid = training.valid
        grown = xgboost.train(
            {"tree_method": "hist", **params, "nthread": training.threads, "verbosity": 0},
            _data(training, training.X, training.y, training.weight),
            num_boost_round=training.rounds(),
            evals=[(_data(training, *valid, training.valid_weight), "valid")] if valid else [],
            callbacks=[_callback(training.stopper)],
            verbose_eval=False,
        )
        return grown[: training.stopper.best]

    def _quantile_objective(self, quantile: float) -> dict[str, Any]:
        return {"objective": "reg:quantileerror", "quantile_alpha": quantile}

    def _write(self, booster: Any, iterations: int, folder: Path) -> None:  # noqa: ARG002
        booster.save_model(folder / FILE)


def _data(training: Training, X: pd.DataFrame, y: np.ndarray, weight: np.ndarray | None) -> Any:
    import xgboost

    kinds = ["c" if at in set(training.categorical) else "float" for at in range(X.shape[1])]
    return xgboost.DMatrix(
        coded_matrix(X, training.categorical),
        y,
        weight=weight,
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
