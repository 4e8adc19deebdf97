"""Boosted trees as flat arrays, for few rows.

A booster's library takes about a millisecond for one row, nearly all of it to get ready, and
seconds to be imported. NumPy walks through all trees of all models at once in less than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .walking import Nodes, doubled, leaves_of, renumbered

__all__ = ["TREES", "Trees", "load_trees", "merged"]

TREES = "trees.npz"

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]

_AS_THEY_ARE = (
    "threshold",
    "missing_left",
    "values",
    "category_feature",
    "category_last",
    "goes_right",
)


def load_trees(path: Path, width: int) -> Trees:
    """Trees of one saved model of `width` features."""
    with np.load(path, allow_pickle=False) as arrays:
        return Trees([dict(arrays)], width)


class Trees:
    """Trees of one or several models of the same features, walked together.

    A model's sums are exactly those of its library: leaves added one by one in its type and order.

    Parameters
    ----------
    models
        Arrays of each, all in one type: those of `walking.renumbered`; ``values`` (leaves,);
        ``base`` (outputs,), what the sums begin with; tree t adds to output t modulo outputs. A
        split by categories is a feature of its own, numbered from ``width`` on in the order of
        ``category_feature``, the column that it reads; it is 1 where a code goes right. The flags
        ``goes_right`` of all such splits lie one after the other, a split's from its
        ``category_start`` on: of a missing or negative code, of the codes from 0, and at
        ``category_last`` of all larger ones.
    width
        Features in a row.
    """

    def __init__(self, models: Sequence[Arrays], width: int) -> None:
        self.models = models
        self.width = width

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which the libraries compare and add."""
        return np.dtype(self.models[0]["base"].dtype)

    def sums(self, array: Array) -> list[Array]:
        """Of each model (n,) or (n, outputs) sums over its trees, of (n, width) features."""
        wide = array.astype(self.kind, copy=False)
        rows = np.hstack([doubled(wide), self._categories(wide)])
        values = self._all["values"][leaves_of(self._nodes, rows)]
        parts = pairwise(np.cumsum([0, *(len(each["roots"]) for each in self.models)]))
        return [
            _added(each["base"], values[:, first:end])
            for each, (first, end) in zip(self.models, parts, strict=True)
        ]

    @cached_property
    def _all(self) -> Arrays:
        return merged(self.models, self.width)

    @cached_property
    def _nodes(self) -> Nodes:
        return renumbered(self._all, self.width)

    def _categories(self, array: Array) -> Array:
        """(n, splits by categories) flags."""
        codes = array[:, self._all["category_feature"]]
        place = np.clip(np.where(np.isnan(codes), 0, codes + 1), 0, self._all["category_last"])
        flags = self._all["goes_right"][self._all["category_start"] + place.astype(np.int64)]
        return np.asarray(flags, dtype=array.dtype)


def _added(base: Array, leaves: Array) -> Array:
    """(n,) or (n, outputs) sums of (n, trees) leaves."""
    count, outputs = len(leaves), len(base)
    start = np.broadcast_to(base, (count, 1, outputs))
    parts = np.concatenate([start, leaves.reshape(count, -1, outputs)], axis=1)
    # Not sum(), which adds pairs of pairs: the same numbers in another order.
    total = np.add.accumulate(parts, axis=1)[:, -1]
    return np.asarray(total[:, 0] if outputs == 1 else total)


def merged(models: Sequence[Arrays], width: int) -> Arrays:
    """Arrays of all models one after the other, with the numbers that then are theirs.

    What the sums begin with is not among them, unless there is one model only.
    """
    if len(models) == 1:
        return models[0]
    parts: dict[str, list[Array]] = {}
    nodes = leaves = splits = flags = 0
    for each in models:
        feature = each["feature"]
        moved = {
            "roots": each["roots"] + nodes,
            "feature": np.where(feature >= width, feature + splits, feature),
            "left": each["left"] + np.where(feature < 0, leaves, nodes),
            "right": each["right"] + nodes,
            "category_start": each["category_start"] + flags,
        }
        for name, array in (moved | {name: each[name] for name in _AS_THEY_ARE}).items():
            parts.setdefault(name, []).append(array)
        nodes, leaves = nodes + len(feature), leaves + len(each["values"])
        splits, flags = splits + len(each["category_start"]), flags + len(each["goes_right"])
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}
