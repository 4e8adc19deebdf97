"""Extremely randomised trees."""

from __future__ import annotations

from typing import Any

from automl_tasks.problem import Task

from ._forest import Forest

__all__ = ["ExtraTrees"]


class ExtraTrees(Forest):
    """Trees on all rows, each split the best of random thresholds."""

    name = "extra_trees"
    estimators = ("ExtraTreesClassifier", "ExtraTreesRegressor")

    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:  # noqa: ARG002
        if task == "regression":
            return [
                {"recipe": "tree_pairs", "max_features": 0.5, "min_samples_leaf": 2},
                {"max_features": 1.0, "min_samples_leaf": 1},
            ]
        return [
            {"recipe": "tree_pairs", "max_features": "sqrt", "min_samples_leaf": 2},
            {"max_features": 0.5, "min_samples_leaf": 5},
        ]
