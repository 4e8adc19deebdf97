"""XGBoost's trees as flat arrays, read from its own JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.serve.predictors.xgboost import FILE

from ._flat import Array, Arrays, Split, Tree, joined

__all__ = ["xgboost_trees"]


def xgboost_trees(folder: Path, outputs: int) -> Arrays | None:
    """Arrays of a saved booster; None where it is not one tree a round and output."""
    import xgboost

    booster = xgboost.Booster(model_file=folder / FILE)
    learner = json.loads(booster.save_raw("json"))["learner"]
    boosted, about = learner["gradient_booster"], learner["learner_model_param"]
    model = boosted.get("model", {})
    if boosted["name"] != "gbtree" or int(about.get("num_target", "1")) != 1:
        return None
    if not model["trees"] or model["tree_info"] != _turns(len(model["trees"]), outputs):
        return None
    base = _base(about["base_score"], learner["objective"]["name"], outputs)
    return joined(map(_tree, model["trees"]), int(about["num_feature"]), base)


def _turns(trees: int, outputs: int) -> list[int]:
    return [tree % outputs for tree in range(trees)]


def _tree(tree: dict[str, Any]) -> Tree:
    left = np.array(tree["left_children"], dtype=np.int64)
    value = np.array(tree["split_conditions"], dtype=np.float32)
    is_leaf = left < 0
    return Tree(
        feature=np.where(is_leaf, -1, np.array(tree["split_indices"], dtype=np.int64)),
        # What is equal goes right.
        threshold=np.nextafter(value, np.float32(-np.inf)),
        left=left,
        right=np.array(tree["right_children"], dtype=np.int64),
        missing_left=np.array(tree["default_left"], dtype=bool),
        value=value,
        splits=_splits(tree),
    )


def _splits(tree: dict[str, Any]) -> dict[int, Split]:
    """A code that is listed goes right, an unknown one left, a missing one where the rest does."""
    segments = zip(
        tree["categories_nodes"],
        tree["categories_segments"],
        tree["categories_sizes"],
        strict=True,
    )
    found = {}
    for node, start, size in segments:
        codes = np.array(tree["categories"][start : start + size], dtype=np.int64)
        right = np.zeros(codes.max() + 3, dtype=bool)
        right[codes + 1] = True
        right[0] = not tree["default_left"][node]
        found[node] = Split(tree["split_indices"][node], right)
    return found


def _base(text: str, objective: str, outputs: int) -> Array:
    """What the sums begin with: the score as it is, or its log odds."""
    scores = np.array(json.loads(text), dtype=np.float32).reshape(-1)
    if objective == "binary:logistic":
        odds = np.float32(1) / scores - np.float32(1)
        scores = -np.log(odds.astype(np.float64))  # rounded once, as the library does
    return np.broadcast_to(scores, outputs).astype(np.float32)
