"""Nearest neighbours: the training rows themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from ._base import Predictor, matrix

__all__ = ["NearestPredictor"]

FILE = "rows.npz"
_CELLS = 2_000_000
# Of the mean distance: rows nearer than this weigh alike, equal ones do not weigh infinitely.
_NEAR = 0.01
# Of its square: finer differences are taken for rounding, so that ties are ties on any machine
# and in any company of other rows, and go to the row that comes first.
_GRID = 1e-9
_FARTHEST = 1e14


class NearestPredictor(Predictor):
    """Predicts with the targets of the `neighbours` nearest training rows, near ones weigh more.

    Arrays: ``rows`` (n, columns), ``scales`` (columns,) by which features are multiplied before
    distances are measured, ``targets`` (n, outputs) values or shares of the classes, ``weights``
    (n,), and ``prior`` (outputs,), which has the say of one neighbour more, as far as the last.
    """

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(info, dict(arrays), threads)

    def _scores(self, features: pd.DataFrame) -> np.ndarray:
        array = matrix(features).astype(np.float64) * self.model["scales"]
        step = max(1, _CELLS // len(self.model["rows"]))
        parts = [self._near(array[at : at + step]) for at in range(0, len(array), step)]
        scores = np.concatenate(parts) if parts else np.empty((0, len(self.model["prior"])))
        return scores if self.task == "multiclass" else scores[:, -1]

    def _near(self, array: np.ndarray) -> np.ndarray:
        rows, targets = self.model["rows"].astype(np.float64), self.model["targets"]
        count = min(self.info["neighbours"], len(rows))
        squares = (rows**2).sum(axis=1) - 2 * (array @ rows.T) + (array**2).sum(axis=1)[:, None]
        grid = _GRID * self.info["distance"] ** 2
        steps = np.rint(np.clip(squares / grid, 0, _FARTHEST)).astype(np.int64)
        order = steps * len(rows) + np.arange(len(rows))
        nearest = np.sort(np.argpartition(order, count - 1, axis=1)[:, :count], axis=1)
        distance = np.sqrt(np.take_along_axis(steps, nearest, axis=1) * grid)
        say = 1 / (distance + _NEAR * self.info["distance"])
        last = say.min(axis=1, keepdims=True)
        say *= self.model["weights"][nearest]
        total = np.einsum("nk,nko->no", say, targets[nearest]) + last * self.model["prior"]
        return np.asarray(total / (say.sum(axis=1, keepdims=True) + last))
