"""Decision trees as flat arrays, walked by many rows through some trees at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Nodes", "doubled", "leaves_of", "renumbered"]

Array = np.ndarray[Any, Any]

_WALKS = 16_384  # at once: the trees and the walks' places stay in the processor's cache
_STRIDE = 6  # levels between two looks at which walks have ended
_BITS = 20  # of a column's number


class Nodes(NamedTuple):
    """Nodes of all trees, renumbered so that a step down takes few operations.

    Attributes
    ----------
    roots
        (trees,) numbers of the roots.
    branch
        Number of the left child, whose right sibling is the next, or of a leaf its own; in the
        lowest bits the column, of a row in which each feature stands twice, see `doubled`.
    threshold
        A larger value goes right; infinite in leaves, which no walk leaves.
    leaf
        Row of the trees' values; of inner nodes 0.
    """

    roots: Array
    branch: Array
    threshold: Array
    leaf: Array


def renumbered(trees: dict[str, Array], width: int) -> Nodes:
    """Roots first, then the children of each inner node side by side.

    Parameters
    ----------
    trees
        ``roots`` (trees,); ``feature`` (nodes,), -1 in leaves; ``threshold``, ``left``, ``right``
        and ``missing_left`` (nodes,), ``left`` of a leaf being its row in the trees' values. A
        value goes left when it is not above the threshold.
    width
        Features in a row. Those numbered from here on have no missing values, and stand once,
        after the others' two places.
    """
    roots, feature = trees["roots"], trees["feature"]
    inner = np.flatnonzero(feature >= 0)
    pairs = len(roots) + 2 * np.arange(len(inner))
    number = np.empty(len(feature), dtype=np.int64)
    number[roots] = np.arange(len(roots))
    number[trees["left"][inner]] = pairs
    number[trees["right"][inner]] = pairs + 1
    old = np.empty_like(number)
    old[number] = np.arange(len(number))
    is_leaf = feature[old] < 0
    left = np.arange(len(number))
    left[number[inner]] = pairs
    twice = trees["missing_left"][old] & (feature[old] < width)
    column = feature[old] + np.where(twice, 0, width)
    # Infinite where missing values alone go right; any other value is below the largest.
    kind = trees["threshold"].dtype
    threshold = np.minimum(trees["threshold"][old], np.finfo(kind).max)
    return Nodes(
        roots=np.arange(len(roots)),
        branch=left << _BITS | np.where(is_leaf, 0, column),
        threshold=np.where(is_leaf, np.inf, threshold).astype(kind),
        leaf=np.where(is_leaf, trees["left"][old], 0),
    )


def doubled(array: Array) -> Array:
    """Each feature twice: with missing values that go left everywhere, then right everywhere."""
    gaps = np.isnan(array)
    low, high = array.dtype.type(-np.inf), array.dtype.type(np.inf)
    return np.hstack([np.where(gaps, low, array), np.where(gaps, high, array)])


def leaves_of(nodes: Nodes, rows: Array) -> Array:
    """(rows, trees) array: row of the trees' values that each row reaches in each tree.

    Parameters
    ----------
    rows : (n, columns) array
        As of `doubled`, in the type of the thresholds.
    """
    count, trees = len(rows), len(nodes.roots)
    leaves = np.empty((count, trees), dtype=np.int64)
    starts = np.arange(count) * rows.shape[1]
    step = max(1, _WALKS // max(count, 1))
    for first in range(0, trees, step):
        roots = nodes.roots[first : first + step]
        ends = _walk(nodes, rows.ravel(), np.tile(starts, len(roots)), np.repeat(roots, count))
        leaves[:, first : first + step] = nodes.leaf[ends].reshape(-1, count).T
    return leaves


def _walk(nodes: Nodes, values: Array, start: Array, node: Array) -> Array:
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


def _take(array: Array, at: Array) -> Array:
    # All positions are there; to wrap those that are not is quicker than to look for them.
    return array.take(at, mode="wrap")
