"""Random forests as flat arrays, walked by many rows through some trees at once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from ._base import Predictor
from .features import Features

__all__ = ["ForestPredictor"]

FILE = "forest.npz"
_CELLS = 1_000_000
_WALKS = 16_384  # at once: the trees and the walks' places stay in the processor's cache
_STRIDE = 6  # levels between two looks at which walks have ended
_BITS = 20  # of a column's number


class _Nodes(NamedTuple):
    """Nodes of all trees, renumbered so that a step down takes few operations.

    Attributes
    ----------
    roots
        (trees,) numbers of the roots.
    branch
        Number of the left child, whose right sibling is the next, or of a leaf its own; in the
        lowest bits the column, of a row in which each feature stands twice, see `_doubled`.
    threshold
        A larger value goes right; infinite in leaves, which no walk leaves.
    leaf
        Row of ``values``; of inner nodes 0.
    """

    roots: np.ndarray
    branch: np.ndarray
    threshold: np.ndarray
    leaf: np.ndarray


class ForestPredictor(Predictor):
    """Predicts with arrays over the nodes of all trees.

    ``roots`` (trees,); ``feature`` (nodes,), -1 in leaves; ``threshold``, ``left``, ``right`` and
    ``missing_left`` (nodes,), ``left`` of a leaf being its row in ``values`` (leaves, outputs).
    A value goes left when it is not above the threshold.
    """

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(info, dict(arrays), threads)

    @cached_property
    def _nodes(self) -> _Nodes:
        return _renumbered(self.model, len(self.columns))

    def _scores(self, features: Features) -> np.ndarray:
        array = features.array.astype(np.float32, copy=False)
        values = self.model["values"]
        step = max(1, _CELLS // (len(self.model["roots"]) * values.shape[1]))
        scores = np.empty((len(array), values.shape[1]))
        for start in range(0, len(array), step):
            part = slice(start, start + step)
            scores[part] = values[self._leaves(array[part])].mean(axis=1, dtype=np.float64)
        return scores if self.task == "multiclass" else scores[:, 0]

    def _leaves(self, array: np.ndarray) -> np.ndarray:
        """(rows, trees) array: row of ``values`` that each row reaches in each tree."""
        nodes, rows, doubled = self._nodes, len(array), _doubled(array)
        trees = len(nodes.roots)
        leaves = np.empty((rows, trees), dtype=np.int64)
        starts = np.arange(rows) * doubled.shape[1]
        step = max(1, _WALKS // rows)
        for first in range(0, trees, step):
            roots = nodes.roots[first : first + step]
            ends = _walk(
                nodes, doubled.ravel(), np.tile(starts, len(roots)), np.repeat(roots, rows)
            )
            leaves[:, first : first + step] = nodes.leaf[ends].reshape(-1, rows).T
        return leaves


def _renumbered(forest: dict[str, np.ndarray], width: int) -> _Nodes:
    """Roots first, then the children of each inner node side by side."""
    roots, feature = forest["roots"], forest["feature"]
    inner = np.flatnonzero(feature >= 0)
    pairs = len(roots) + 2 * np.arange(len(inner))
    number = np.empty(len(feature), dtype=np.int64)
    number[roots] = np.arange(len(roots))
    number[forest["left"][inner]] = pairs
    number[forest["right"][inner]] = pairs + 1
    old = np.empty_like(number)
    old[number] = np.arange(len(number))
    is_leaf = feature[old] < 0
    left = np.arange(len(number))
    left[number[inner]] = pairs
    column = feature[old] + np.where(forest["missing_left"][old], 0, width)
    # Infinite where missing values alone go right; any other value is below the largest.
    threshold = np.minimum(forest["threshold"][old], np.finfo(np.float32).max)
    return _Nodes(
        roots=np.arange(len(roots)),
        branch=left << _BITS | np.where(is_leaf, 0, column),
        threshold=np.where(is_leaf, np.inf, threshold).astype(np.float32),
        leaf=np.where(is_leaf, forest["left"][old], 0),
    )


def _doubled(array: np.ndarray) -> np.ndarray:
    """Each feature twice: with missing values that go left everywhere, then right everywhere."""
    gaps = np.isnan(array)
    low, high = np.float32(-np.inf), np.float32(np.inf)
    return np.hstack([np.where(gaps, low, array), np.where(gaps, high, array)])


def _walk(nodes: _Nodes, values: np.ndarray, start: np.ndarray, node: np.ndarray) -> np.ndarray:
    """(walks,) leaves in which walks end.

    Parameters
    ----------
    values
        Of all rows, one after the other.
    start, node
        (walks,) where in `values` the row of a walk begins, and the walk's root.
    """
    ends, walking, column = node, np.arange(len(node)), (1 << _BITS) - 1
    while walking.size:
        for _ in range(_STRIDE):
            before, branch = node, _take(nodes.branch, node)
            right = _take(values, start + (branch & column)) > _take(nodes.threshold, node)
            node = (branch >> _BITS) + right
        ends[walking] = node
        on = np.flatnonzero(node != before)
        walking, start, node = _take(walking, on), _take(start, on), _take(node, on)
    return ends


def _take(array: np.ndarray, at: np.ndarray) -> np.ndarray:
    # All positions are there; to wrap those that are not is quicker than to look for them.
    return array.take(at, mode="wrap")
