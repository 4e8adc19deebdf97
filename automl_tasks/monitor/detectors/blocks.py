"""A loss in blocks of neighbouring rows, of any metric, so that its noise can be told.

A metric such as the AUC has no loss of a single row. Left out one after the other, blocks of rows
give pseudo-values (Tukey, 1958; of blocks Künsch, 1989): numbers whose mean is the loss and whose
spread is that of the rows, which for a mean of rows are the blocks' own means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.monitor.performance import LossFunction, Sample

__all__ = ["BlockLosses", "block_losses"]

_BLOCKS, _FEWEST = 60, 8


@dataclass(frozen=True)
class BlockLosses:
    """Values whose mean is a loss.

    Attributes
    ----------
    values
        (blocks,), in the order of time where `ordered`.
    rows
        In all blocks together.
    ordered
        Whether neighbouring rows are neighbours in time.
    """

    values: NDArray[np.float64]
    rows: int
    ordered: bool

    @property
    def length(self) -> float:
        """Rows in a block."""
        return self.rows / len(self.values)


def block_losses(sample: Sample, loss: LossFunction) -> BlockLosses | None:
    """Pseudo-values of the loss, one a block; at most 60, so it costs 60 times the metric.

    Returns
    -------
    BlockLosses or None
        None when the rows without one of the blocks do not determine the loss, or are too few.
    """
    blocks = min(_BLOCKS, len(sample))
    if blocks < _FEWEST:
        return None
    rows = np.arange(len(sample))
    own = np.repeat(np.arange(blocks), _lengths(len(sample), blocks))
    whole = loss(sample.truth, sample.prediction, sample.weight)
    without = np.empty(blocks)
    for block in range(blocks):
        kept = sample.drawn(rows[own != block])
        without[block] = loss(kept.truth, kept.prediction, kept.weight)
    values = blocks * whole - (blocks - 1) * without
    if not np.isfinite(values).all():
        return None
    return BlockLosses(values, len(sample), sample.ordered)


def _lengths(rows: int, blocks: int) -> NDArray[np.int64]:
    ends = np.linspace(0, rows, blocks + 1).round().astype(np.int64)
    return np.diff(ends)
