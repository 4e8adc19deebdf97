"""Boosted trees as flat arrays, for few rows.

A booster's library takes about a millisecond for one row, nearly all of it to get ready, and
seconds to be imported. NumPy walks through all trees at once in a tenth of that.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from .walking import Nodes, doubled, leaves_of, renumbered

__all__ = ["TREES", "Trees"]

TREES = "trees.npz"

Array = np.ndarray[Any, Any]


class Trees:
    """Sums of leaves, exactly those of the library: added one by one in its type and order.

    Parameters
    ----------
    arrays
        Those of `walking.renumbered`; ``values`` (leaves,); ``base`` (outputs,), what the sums
        begin with; tree t adds to output t modulo outputs. A split by categories is a feature of
        its own, numbered from ``width`` on in the order of ``category_feature``, the column that
        it reads; it is 1 where a code goes right. The flags ``goes_right`` of all such splits lie
        one after the other, a split's from its ``category_start`` on: of a missing or negative
        code, of the codes from 0, and at ``category_last`` of all larger ones.
    width
        Features in a row.
    """

    def __init__(self, arrays: dict[str, Array], width: int) -> None:
        self._arrays = arrays
        self._width = width

    @classmethod
    def load(cls, path: Path, width: int) -> Self:
        """Read the arrays of a saved model."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(dict(arrays), width)

    @cached_property
    def _nodes(self) -> Nodes:
        return renumbered(self._arrays, self._width)

    def sums(self, array: Array) -> Array:
        """(n,) or (n, outputs) sums over all trees, of (n, width) features."""
        values, base = self._arrays["values"], self._arrays["base"]
        wide = array.astype(self._nodes.threshold.dtype, copy=False)
        rows = np.hstack([doubled(wide), self._categories(wide)])
        leaves = values[leaves_of(self._nodes, rows)].reshape(len(array), -1, len(base))
        start = np.broadcast_to(base, (len(array), 1, len(base)))
        # Not sum(), which adds pairs of pairs: the same numbers in another order.
        total = np.add.accumulate(np.concatenate([start, leaves], axis=1), axis=1)[:, -1]
        return total[:, 0] if len(base) == 1 else total

    def _categories(self, array: Array) -> Array:
        """(n, splits by categories) flags."""
        codes = np.nan_to_num(array[:, self._arrays["category_feature"]], nan=-1.0)
        place = np.clip(codes + 1, 0, self._arrays["category_last"]).astype(np.int64)
        flags = self._arrays["goes_right"][self._arrays["category_start"] + place]
        return np.asarray(flags, dtype=array.dtype)
