"""Random forests, the means of their trees' leaves."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from ._base import Predictor
from .features import Features
from .walking import Nodes, doubled, leaves_of, renumbered

__all__ = ["ForestPredictor"]

FILE = "forest.npz"
_CELLS = 1_000_000


class ForestPredictor(Predictor):
    """Predicts with arrays over the nodes of all trees, as of `walking.renumbered`.

    Their ``values`` are (leaves, outputs).
    """

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(info, dict(arrays), threads)

    @cached_property
    def _nodes(self) -> Nodes:
        return renumbered(self.model, len(self.columns))

    def _scores(self, features: Features) -> np.ndarray:
        array = features.array.astype(np.float32, copy=False)
        values = self.model["values"]
        step = max(1, _CELLS // (len(self.model["roots"]) * values.shape[1]))
        scores = np.empty((len(array), values.shape[1]))
        for start in range(0, len(array), step):
            part = slice(start, start + step)
            leaves = leaves_of(self._nodes, doubled(array[part]))
            scores[part] = values[leaves].mean(axis=1, dtype=np.float64)
        return scores if self.task == "multiclass" else scores[:, 0]
