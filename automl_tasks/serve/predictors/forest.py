"""Random forests as flat arrays, walked by all rows through all trees at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from ._base import Predictor, matrix

__all__ = ["ForestPredictor"]

FILE = "forest.npz"
_CELLS = 1_000_000


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

    def _scores(self, features: pd.DataFrame) -> np.ndarray:
        array = matrix(features).astype(np.float32, copy=False)
        values = self.model["values"]
        step = max(1, _CELLS // (len(self.model["roots"]) * values.shape[1]))
        scores = np.empty((len(array), values.shape[1]))
        for start in range(0, len(array), step):
            part = slice(start, start + step)
            scores[part] = values[self._leaves(array[part])].mean(axis=1, dtype=np.float64)
        return scores if self.task == "multiclass" else scores[:, 0]

    def _leaves(self, array: np.ndarray) -> np.ndarray:
        """(rows, trees) array: row of ``values`` that each row reaches in each tree."""
        forest = self.model
        feature, threshold = forest["feature"], forest["threshold"]
        trees = len(forest["roots"])
        flat, width = array.ravel(), array.shape[1]
        gaps = bool(np.isnan(flat).any())
        node = np.tile(forest["roots"], len(array))
        active = np.flatnonzero(feature[node] >= 0)
        while active.size:
            at = node[active]
            value = flat[active // trees * width + feature[at]]
            left = value <= threshold[at]
            if gaps:
                left |= np.isnan(value) & forest["missing_left"][at]
            at = np.where(left, forest["left"][at], forest["right"][at])
            node[active] = at
            active = active[feature[at] >= 0]
        return np.asarray(forest["left"][node].reshape(len(array), trees))
