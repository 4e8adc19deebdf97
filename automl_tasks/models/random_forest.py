"""Random forests."""

from __future__ import annotations

from typing import Any

from automl_tasks.problem import Task

from ._forest import Forest

__all__ = ["RandomForest"]


class RandomForest(Forest):
    """Trees on bootstrap samples, each split the best of a random share of the columns."""

    name = "random_forest"
    estimators = ("RandomForestClassifier", "RandomForestRegressor")

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        if task == "regression":
            return [
                {"recipe": "tree_pairs", "max_features": 0.33, "min_samples_leaf": 3},
                {"max_features": 0.5, "min_samples_leaf": 2},
            ]
        return [
            {"recipe": "tree_pairs", "max_features": "sqrt", "min_samples_leaf": 4},
            {"max_features": 0.4, "min_samples_leaf": 2},
        ]
