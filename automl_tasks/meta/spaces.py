"""What of each family is worth searching: the ranges around good configurations, by family."""

from __future__ import annotations

from automl_tasks.meta.space import Choice, Number, Space

__all__ = ["SPACES"]

_TREE_RECIPES = Choice(("tree", "tree_target", "tree_pairs"))

SPACES: dict[str, Space] = {
    "linear": Space(
        {
            "C": Number(1e-4, 1e2, log=True),
            "l1_ratio": Number(0.0, 1.0),
            "recipe": Choice(("linear", "linear_splines")),
        }
    ),
    "knn": Space(
        {
            "k": Number(2, 60, log=True, integer=True),
            "relevance": Number(0.0, 1.0),
        }
    ),
    "lightgbm": Space(
        {
            "learning_rate": Number(0.015, 0.15, log=True),
            "num_leaves": Number(5, 120, log=True, integer=True),
            "min_data_in_leaf": Number(2, 60, log=True, integer=True),
            "feature_fraction": Number(0.3, 1.0),
            "bagging_fraction": Number(0.5, 1.0),
            "lambda_l1": Number(1e-3, 10.0, log=True),
            "lambda_l2": Number(1e-3, 10.0, log=True),
            "extra_trees": Choice((False, True)),
            "cat_smooth": Number(1.0, 100.0, log=True),
            "recipe": _TREE_RECIPES,
        },
        fixed={"bagging_freq": 1},
    ),
    "xgboost": Space(
        {
            "learning_rate": Number(0.015, 0.15, log=True),
            "grow_policy": Choice(("depthwise", "lossguide")),
            "max_depth": Number(3, 10, integer=True),
            "max_leaves": Number(8, 120, log=True, integer=True),
            "min_child_weight": Number(0.1, 20.0, log=True),
            "subsample": Number(0.5, 1.0),
            "colsample_bytree": Number(0.3, 1.0),
            "reg_alpha": Number(1e-3, 10.0, log=True),
            "reg_lambda": Number(1e-2, 10.0, log=True),
            "recipe": _TREE_RECIPES,
        },
        conditions={"max_leaves": ("grow_policy", ("lossguide",))},
    ),
    "catboost": Space(
        {
            "learning_rate": Number(0.02, 0.15, log=True),
            "depth": Number(4, 8, integer=True),
            "l2_leaf_reg": Number(1.0, 15.0, log=True),
            "random_strength": Number(0.1, 10.0, log=True),
            "max_ctr_complexity": Number(1, 3, integer=True),
        }
    ),
    "mlp": Space(
        {
            "hidden": Choice(
                ([128], [256], [128, 128], [256, 256], [256, 128, 64], [256, 256, 256])
            ),
            "nets": Choice((1, 4)),
            "learning_rate": Number(3e-4, 5e-3, log=True),
            "weight_decay": Number(0.01, 1.0, log=True),
            "dropout": Number(0.0, 0.5),
            "recipe": Choice(("neural", "neural_quantile")),
        }
    ),
}
"""Feature recipes are searched like any other parameter."""
