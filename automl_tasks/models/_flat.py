"""Trees of any library, joined into the arrays of ``serve.predictors.trees``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from automl_tasks.serve.predictors.trees import merged

__all__ = ["Arrays", "Split", "Tree", "joined"]

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


class Split(NamedTuple):
    """A split by categories.

    Attributes
    ----------
    column
        That holds the codes.
    right
        Flags: whether a missing or negative code goes right, the codes from 0, all larger ones.
    """

    column: int
    right: Array


class Tree(NamedTuple):
    """One tree, its nodes in any order with the root first.

    Attributes
    ----------
    feature
        (nodes,) column of each inner node, -1 in leaves.
    threshold
        (nodes,); a value goes left when it is not above it.
    left, right
        (nodes,) numbers of the children.
    missing_left
        (nodes,) whether a missing value goes left.
    value
        (nodes,) of leaves.
    splits
        By node those by categories, whose threshold and `missing_left` say nothing.
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    missing_left: Array
    value: Array
    splits: dict[int, Split]


def joined(trees: Iterable[Tree], width: int, base: Array) -> Arrays:
    """The arrays of `Trees`.

    Parameters
    ----------
    width
        Features in a row.
    base
        (outputs,) what the sums begin with, in the type in which the library adds.
    """
    return {**merged([_alone(tree, width, base.dtype) for tree in trees], width), "base": base}


def _alone(tree: Tree, width: int, kind: np.dtype[Any]) -> Arrays:
    """Arrays of one tree; its splits by categories are features of their own."""
    feature, threshold = tree.feature.copy(), tree.threshold.astype(kind)
    nodes = list(tree.splits)
    feature[nodes], threshold[nodes] = width + np.arange(len(nodes)), 0.5
    is_leaf = feature < 0
    lengths = np.array([len(split.right) for split in tree.splits.values()], dtype=np.int64)
    flags = [np.zeros(0, dtype=bool), *(split.right for split in tree.splits.values())]
    return {
        "roots": np.zeros(1, dtype=np.int64),
        "feature": feature,
        "threshold": threshold,
        "left": np.where(is_leaf, np.cumsum(is_leaf) - 1, tree.left),
        "right": tree.right,
        "missing_left": tree.missing_left,
        "values": tree.value[is_leaf].astype(kind),
        "category_feature": np.array(
            [split.column for split in tree.splits.values()], dtype=np.int64
        ),
        "category_start": np.cumsum(lengths) - lengths,
        "category_last": lengths - 1,
        "goes_right": np.concatenate(flags),
    }
