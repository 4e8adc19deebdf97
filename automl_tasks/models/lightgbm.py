"""LightGBM: leaf-wise gradient boosting on histograms."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from automl_tasks.problem import Task
from automl_tasks.serve.predictors import matrix
from automl_tasks.serve.predictors.lightgbm import FILE, LightGBMPredictor

from ._base import Training
from ._boosting import Boosting
from ._stopper import Stopper

__all__ = ["LightGBM"]


_MANY_ROWS, _FEW_ROWS = 10_000, 2_000


# The library's own 0.001 lets leaves of rows that are as good as certain grow without bound, and
# with them the loss of several classes.
_LEAST_HESSIAN = 1.0


def _usual(rows: int) -> dict[str, Any]:
    # Leaves of a few dozen rows: more of them only fit noise in a small table.
    return {"learning_rate": 0.05, "num_leaves": 7 if rows < 600 else 15 if rows < 2_000 else 31}


_PAIRS = {
    "recipe": "tree_pairs",
    "learning_rate": 0.05,
    "num_leaves": 24,
    "feature_fraction": 0.6,
    "min_data_in_leaf": 20,
    "lambda_l2": 1.0,
}
_LARGE = {
    "learning_rate": 0.04,
    "num_leaves": 128,
    "feature_fraction": 0.8,
    "min_data_in_leaf": 10,
    "lambda_l2": 1.0,
}
_RANDOM = {
    "learning_rate": 0.05,
    "num_leaves": 40,
    "extra_trees": True,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.88,
    "bagging_freq": 1,
    "min_data_in_leaf": 3,
    "lambda_l1": 0.24,
    "lambda_l2": 0.36,
    "cat_smooth": 15.0,
}
_LEAFY = {
    "recipe": "tree_target",
    "learning_rate": 0.03,
    "num_leaves": 68,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.95,
    "bagging_freq": 1,
    "min_data_in_leaf": 5,
    "lambda_l1": 0.16,
    "lambda_l2": 0.7,
    "cat_smooth": 60.0,
}
_SHALLOW = {
    "learning_rate": 0.06,
    "num_leaves": 8,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "min_data_in_leaf": 20,
    "lambda_l2": 0.3,
}


class LightGBM(Boosting):
    """Configurations after AutoGluon's portfolios, with faster learning rates."""

    name = "lightgbm"
    kind = "lightgbm"
    predictor = LightGBMPredictor
    objectives: ClassVar[dict[Task, dict[str, str]]] = {
        "regression": {"objective": "regression", "metric": "rmse"},
        "binary": {"objective": "binary", "metric": "binary_logloss"},
        "multiclass": {"objective": "multiclass", "metric": "multi_logloss"},
    }

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        chosen = [_usual(rows), _PAIRS, _RANDOM, _LEAFY, _SHALLOW]
        # Many rows repay large leaves' trees; few rows repay trees that hardly can fit noise.
        if rows > _MANY_ROWS:
            chosen.insert(2, _LARGE)
        elif rows < _FEW_ROWS:
            chosen.insert(1, chosen.pop())
        return chosen

    def _boost(self, training: Training, params: dict[str, Any]) -> Any:
        import lightgbm

        if training.task == "multiclass":
            params = {"min_sum_hessian_in_leaf": _LEAST_HESSIAN, **params}
        params = {
            **params,
            "num_threads": training.threads,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        data = lightgbm.Dataset(
            matrix(training.X),
            training.y,
            weight=training.weight,
            categorical_feature=training.categorical or "auto",
            params=params,
        )
        held_back = training.valid and [
            data.create_valid(
                matrix(training.valid[0]), training.valid[1], weight=training.valid_weight
            )
        ]
        booster = lightgbm.train(
            params,
            data,
            num_boost_round=training.rounds(),
            valid_sets=held_back or None,
            callbacks=[_callback(training.stopper)],
            # Else it would write and read the model once more, seconds after the time is up.
            keep_training_booster=True,
        )
        booster.free_dataset()
        return booster

    def _quantile_objective(self, quantile: float) -> dict[str, Any]:
        return {"objective": "quantile", "metric": "quantile", "alpha": quantile}

    def _write(self, booster: Any, iterations: int, folder: Path) -> None:
        booster.save_model(folder / FILE, num_iteration=iterations)


def _callback(stopper: Stopper) -> Any:
    from lightgbm.callback import CallbackEnv, EarlyStopException

    def after_iteration(env: CallbackEnv) -> None:
        results = env.evaluation_result_list or []
        loss = float(results[0][2]) if results else None
        if stopper.update(env.iteration + 1, loss):
            raise EarlyStopException(stopper.best - 1, results)

    return after_iteration
