"""A loss in blocks of neighbouring rows, of any metric, so that its noise can be told.

A metric such as the AUC has no loss of a single row. Left out one after the other, blocks of rows
give pseudo-values (Tukey, 1958; of blocks Künsch, 1989): numbers whose mean is about the loss and
whose spread is that of the rows. Of a mean of rows they are the blocks' own means.
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
    """A loss, and values that vary as its rows do.

    Attributes
    ----------
    loss
        Of all rows together.
    values
        (blocks,), in the order of time where `ordered`.
    rows
        In all blocks together.
    ordered
        Whether neighbouring rows are neighbours in time.
    """

    loss: float
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
    own = rows * blocks // len(sample)
    whole = loss(sample.truth, sample.prediction, sample.weight)
    without = np.empty(blocks)
    for block in range(blocks):
        kept = sample.drawn(rows[own != block])
        without[block] = loss(kept.truth, kept.prediction, kept.weight)
    # Lengths differ by a row at most: blocks of different lengths as Busing et al. (1999) have it.
    share = len(sample) / np.bincount(own)
    values = share * whole - (share - 1) * without
    if not np.isfinite(values).all():
        return None
    return BlockLosses(whole, values, len(sample), sample.ordered)
