"""How well the mean of a stretch of rows is known, when neighbouring rows resemble each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from automl_tasks.monitor.performance import LossComparison

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.monitor.detectors._base import WindowLoss
    from automl_tasks.monitor.detectors.blocks import BlockLosses

__all__ = ["Level", "block_level", "levels"]

_LARGEST_CORRELATION = 0.97


@dataclass(frozen=True)
class Level:
    """A loss and its uncertainty.

    Attributes
    ----------
    rows
        Rows behind it.
    spread
        Long-run variance of a row: the variance of the loss is `spread` / `rows`.
    freedom
        Degrees of freedom of `spread`: about the number of independent pieces behind it.
    """

    loss: float
    rows: int
    spread: float
    freedom: float


def levels(window: WindowLoss) -> tuple[Level, Level] | None:
    """Levels of a window and of its reference; None when neither losses nor intervals tell them."""
    if window.losses is not None and window.reference_losses is not None:
        return block_level(window.losses), block_level(window.reference_losses)
    return _interval_levels(window.comparison, window.confidence)


def block_level(losses: BlockLosses) -> Level:
    """Level of a series of blocks.

    The long-run variance of time-ordered blocks is the larger of two estimates, as each of them
    alone is often too small: of an autoregression of order 1 (Andrews, 1991, with Kendall's
    correction of the autocorrelation's bias), and of the means of longer batches.
    """
    values = losses.values
    variance = float(values.var(ddof=1))
    long_run = variance
    if losses.ordered and variance > 0:
        long_run = max(variance, _autoregressive(values, variance), _batched(values))
    independent = len(values) * variance / long_run if long_run > 0 else len(values)
    return Level(
        loss=losses.loss,
        rows=losses.rows,
        spread=long_run * losses.length,
        freedom=max(1.0, independent - 1.0),
    )


def _autoregressive(values: NDArray[np.float64], variance: float) -> float:
    centred = values - values.mean()
    correlation = float(centred[1:] @ centred[:-1] / (centred @ centred))
    correlation += (1 + 3 * correlation) / len(values)
    correlation = min(max(correlation, 0.0), _LARGEST_CORRELATION)
    return variance * (1 + correlation) / (1 - correlation)


def _batched(values: NDArray[np.float64]) -> float:
    batches = math.isqrt(len(values))
    length = len(values) // batches
    means = values[len(values) - batches * length :].reshape(batches, length).mean(axis=1)
    return float(length * means.var(ddof=1)) if batches > 1 else 0.0


def _interval_levels(measured: LossComparison, confidence: float) -> tuple[Level, Level] | None:
    """Levels that the bootstrap intervals imply.

    The increase is a ratio, so its relative variance is the sum of both losses' own.
    """
    from scipy.special import ndtri

    here, there = measured.loss, measured.reference_loss
    if here is None or there is None:
        return None
    if measured.loss_interval is None or measured.increase_interval is None or there == 0:
        return None
    width = 2 * float(ndtri((1 + confidence) / 2))
    own = ((measured.loss_interval[1] - measured.loss_interval[0]) / width) ** 2
    both = ((measured.increase_interval[1] - measured.increase_interval[0]) / width) ** 2
    rest = (both * there**2 - own) / ((here / there) ** 2 or 1.0)
    # Bootstrap noise may leave less than nothing; the reference's rows are as noisy as these.
    reference = max(rest, own * measured.rows / measured.reference_rows)
    return (
        _from_error(here, own, measured.rows),
        _from_error(there, reference, measured.reference_rows),
    )


def _from_error(loss: float, variance: float, rows: int) -> Level:
    # The bootstrap resamples about sqrt(rows) blocks.
    return Level(loss, rows, variance * rows, max(1.0, math.sqrt(rows) - 1))
