"""Forests of scikit-learn, grown in steps that keep the time and flattened for prediction."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.problem import Task
from automl_tasks.serve.predictors import matrix
from automl_tasks.serve.predictors.forest import FILE, ForestPredictor

from ._base import Family, Fitted, Training

__all__ = ["Forest"]

_TREES = 100  # a bag has as many for each fold
_FIRST_STEP = 4
_FILLED = 0.7  # of the time left, as later trees may take longer
_MOST_CELLS = 100_000_000
# Leaf values of all trees together: 160 MB in float32.
_MOST_LEAF_VALUES = 40_000_000
_MOST_LEAVES = 15_000


class Forest(Family):
    """Random forest or extremely randomised trees, by `ensemble`'s names of the two classes."""

    recipe = "tree"
    kind = "forest"
    estimators: tuple[str, str]

    def supports(self, task: Task, rows: int, columns: int) -> bool:  # noqa: ARG002
        return rows * columns <= _MOST_CELLS

    def _train(self, training: Training) -> Fitted:
        array = matrix(training.X).astype(np.float32)
        trees = training.rounds(default=_TREES, most=_TREES)
        model = self._estimator(training, trees)
        _grow(model, array, training, trees)
        arrays = _flatten(model, training, np.asarray(np.isnan(array).any(axis=0)))
        iterations = len(model.estimators_)
        info = {**training.info, "iterations": iterations}

        def write(folder: Path) -> None:
            np.savez_compressed(folder / FILE, allow_pickle=False, **arrays)

        return Fitted(ForestPredictor(info, arrays, training.threads), write, iterations)

    def _estimator(self, training: Training, trees: int) -> Any:
        from sklearn import ensemble

        outputs = training.classes if training.task == "multiclass" else 1
        leaves = _MOST_LEAF_VALUES // (trees * outputs)
        return getattr(ensemble, self.estimators[training.task == "regression"])(
            **{"max_leaf_nodes": int(np.clip(leaves, 100, _MOST_LEAVES)), **training.params},
            n_jobs=training.threads,
            random_state=training.seed,
            warm_start=True,
        )


def _grow(model: Any, array: np.ndarray, training: Training, trees: int) -> None:
    """Fit `trees` trees, or as many as the time allows.

    A few trees tell how long one takes; each later step is what fills most of the time that is
    left, so that there are few steps: each checks the array and starts the threads anew.
    """
    grown, step = 0, _FIRST_STEP
    start = time.monotonic()
    while step > 0 and grown < trees:
        grown = min(trees, grown + step)
        model.set_params(n_estimators=grown)
        model.fit(array, training.y, training.weight)
        each = (time.monotonic() - start) / grown
        step = int(_FILLED * training.stopper.left / each)


def _flatten(model: Any, training: Training, gaps: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays for ``ForestPredictor``.

    Parameters
    ----------
    gaps : (columns,) array of bool
        Columns with missing values in training. In the others a missing value goes the way that
        most training rows went.
    """
    parts: dict[str, list[np.ndarray]] = {}
    roots, nodes, leaves = [], 0, 0
    for estimator in model.estimators_:
        tree = _tree(estimator.tree_, gaps, nodes, leaves)
        tree["values"] = _values(estimator.tree_, model, training)
        for name, part in tree.items():
            parts.setdefault(name, []).append(part)
        roots.append(nodes)
        nodes, leaves = nodes + estimator.tree_.node_count, leaves + len(tree["values"])
    flat = {name: np.concatenate(part) for name, part in parts.items()}
    return flat | {"roots": np.array(roots, dtype=np.int32)}


def _tree(tree: Any, gaps: np.ndarray, nodes: int, leaves: int) -> dict[str, np.ndarray]:
    leaf = tree.children_left < 0
    left = np.where(leaf, leaves + np.cumsum(leaf) - 1, tree.children_left + nodes)
    rows = tree.n_node_samples
    larger = rows[tree.children_left] > rows[tree.children_right]
    learned = tree.__getstate__()["nodes"]["missing_go_to_left"].astype(bool)
    return {
        "feature": np.where(leaf, -1, tree.feature).astype(np.int32),
        "threshold": _rounded_down(np.where(leaf, 0, tree.threshold)),
        "left": left.astype(np.int32),
        "right": np.where(leaf, 0, tree.children_right + nodes).astype(np.int32),
        "missing_left": np.where(gaps[tree.feature], learned, larger),
    }


def _rounded_down(threshold: np.ndarray) -> np.ndarray:
    """The nearest float32 not above: a float32 value compares with it as with the float64."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)


def _values(tree: Any, model: Any, training: Training) -> np.ndarray:
    """(leaves, outputs) values, or shares of the classes; of a binary task the second one's."""
    values = tree.value[tree.children_left < 0, 0, :]
    if training.task == "regression":
        return np.asarray(values, dtype=np.float32)
    shares = np.zeros((len(values), training.classes), dtype=np.float32)
    # A class without training rows has no column in scikit-learn's trees.
    shares[:, model.classes_] = values / values.sum(axis=1, keepdims=True)
    return shares[:, 1:2] if training.task == "binary" else shares
