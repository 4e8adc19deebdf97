"""Nearest neighbours: the training rows themselves."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from ._base import Predictor
from .features import Features

__all__ = ["NearestPredictor"]

FILE = "rows.npz"
_CELLS = 500_000  # as many distances stay in the processor's cache
# Of the mean distance: rows nearer than this weigh alike, equal ones do not weigh infinitely.
_NEAR = 0.01
# Of its square: finer differences are taken for rounding, so that ties are ties on any machine
# and in any company of other rows, and go to the row that comes first.
_GRID = 1e-9
_FARTHEST = 1e14
_ROUNDING = float(np.finfo(np.float32).eps)
_BLOCK = 16
_FEWEST_BLOCKS = 4  # for each neighbour; with fewer, blocks bound the distance too loosely


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

    def _scores(self, features: Features) -> np.ndarray:
        array = features.array.astype(np.float64) * self.model["scales"]
        step = max(1, _CELLS // len(self.model["rows"]))
        parts = [self._near(array[at : at + step]) for at in range(0, len(array), step)]
        scores = np.concatenate(parts) if parts else np.empty((0, len(self.model["prior"])))
        return scores if self.task == "multiclass" else scores[:, -1]

    @cached_property
    def _rows(self) -> tuple[np.ndarray, np.ndarray]:
        """(columns, n) training rows, and (columns + 1, n) what makes rough distances of a product.

        The square of a distance is |a|² - 2ab + |b|², of which only the rest tells rows b apart.
        """
        rows = self.model["rows"].astype(np.float64).T
        rough = np.vstack([-2 * rows, (rows**2).sum(axis=0)]).astype(np.float32)
        return np.ascontiguousarray(rows), rough

    def _near(self, array: np.ndarray) -> np.ndarray:
        count = min(self.info["neighbours"], len(self.model["rows"]))
        grid = _GRID * self.info["distance"] ** 2
        row, column = self._candidates(array, count, grid)
        squares = _squares(array.T, self._rows[0], row, column)
        steps = np.rint(np.clip(squares / grid, 0, _FARTHEST)).astype(np.int64)
        first = np.searchsorted(row, np.arange(len(array)))
        # Stable: of equal steps the first row counts.
        least = np.lexsort((steps, row))[first[:, None] + np.arange(count)]
        least.sort(axis=1)
        return self._said(column[least], np.sqrt(steps[least] * grid))

    def _candidates(
        self, array: np.ndarray, count: int, grid: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Row and training row of all pairs that float32 cannot exclude from the `count` nearest.

        Sorted by row, at least `count` pairs of each; few more, unless many are equally far.
        """
        rough = self._rows[1]
        lengths = (array**2).sum(axis=1)
        ones = np.ones((len(array), 1), dtype=np.float32)
        squares = np.hstack([array.astype(np.float32), ones]) @ rough
        error = (len(rough) + 2) * _ROUNDING * (lengths + rough[-1].max())
        reach = _bound(squares, count) + 2 * (error + grid)
        reach[reach + lengths >= _FARTHEST * grid] = np.inf
        # Not "<=": what is no number stays, and is counted as it would be alone.
        cells = np.flatnonzero(~(squares > reach.astype(np.float32)[:, None]))
        row, column = np.divmod(cells, squares.shape[1])
        return row, column

    def _said(self, nearest: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """(n, outputs) what the (n, count) nearest training rows say."""
        say = 1 / (distance + _NEAR * self.info["distance"])
        last = say.min(axis=1, keepdims=True)
        say *= self.model["weights"][nearest]
        total = np.einsum("nk,nko->no", say, self.model["targets"][nearest])
        total += last * self.model["prior"]
        return np.asarray(total / (say.sum(axis=1, keepdims=True) + last))


def _bound(squares: np.ndarray, count: int) -> np.ndarray:
    """(n,) values that at least `count` cells of each row do not exceed, and few more.

    Each block of columns has a cell as small as its minimum: the `count`-th smallest of the minima
    is such a value, found among far fewer numbers.
    """
    blocks = squares.shape[1] // _BLOCK
    if blocks >= _FEWEST_BLOCKS * count:
        squares = squares[:, : blocks * _BLOCK].reshape(-1, _BLOCK, blocks).min(axis=1)
    least: np.ndarray = np.partition(squares, count - 1, axis=1)[:, count - 1]
    return least.astype(np.float64)


def _squares(
    array: np.ndarray, rows: np.ndarray, row: np.ndarray, column: np.ndarray
) -> np.ndarray:
    """Squared distances of pairs, column by column: the same for a pair in any company."""
    total = np.zeros(len(row))
    for own, other in zip(array, rows, strict=True):
        total += (own[row] - other[column]) ** 2
    return total
