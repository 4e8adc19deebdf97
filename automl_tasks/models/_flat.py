"""Trees of any library, joined into the arrays of ``serve.predictors.trees``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

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
    parts: dict[str, list[Array]] = {name: [] for name in (*Tree._fields[:-1], "roots")}
    splits, nodes, leaves = list[Split](), 0, 0
    for tree in trees:
        feature, threshold = tree.feature.copy(), tree.threshold.copy()
        for node, split in tree.splits.items():
            feature[node], threshold[node] = width + len(splits), 0.5
            splits.append(split)
        is_leaf = feature < 0
        count = int(is_leaf.sum())
        left = tree.left + nodes
        left[is_leaf] = leaves + np.arange(count)
        parts["roots"].append(np.array([nodes]))
        parts["feature"].append(feature)
        parts["threshold"].append(threshold)
        parts["left"].append(left)
        parts["right"].append(np.where(is_leaf, 0, tree.right + nodes))
        parts["missing_left"].append(tree.missing_left)
        parts["value"].append(tree.value[is_leaf])
        nodes, leaves = nodes + len(feature), leaves + count
    arrays = {name: np.concatenate(each) for name, each in parts.items()}
    arrays["values"] = arrays.pop("value").astype(base.dtype)
    arrays["threshold"] = arrays["threshold"].astype(base.dtype)
    return {**arrays, "base": base, **_flags(splits)}


def _flags(splits: list[Split]) -> Arrays:
    lengths = np.array([len(split.right) for split in splits], dtype=np.int64)
    flags = [split.right for split in splits]
    return {
        "category_feature": np.array([split.column for split in splits], dtype=np.int64),
        "category_start": np.cumsum(lengths) - lengths,
        "category_last": lengths - 1,
        "goes_right": np.concatenate(flags) if flags else np.zeros(0, dtype=bool),
    }
