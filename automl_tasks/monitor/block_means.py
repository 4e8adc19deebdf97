"""Mean losses of slices, with standard errors that hold where neighbouring rows are alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.monitor.performance import Sample

__all__ = ["BlockLosses", "Difference", "SliceMean"]

_BLOCKS = 200
_SMALLEST = 1e-300


@dataclass(frozen=True)
class BlockLosses:
    """Losses of rows, and the block of neighbours that each row is in.

    Neighbours in time are alike, so blocks and not rows are the independent observations. Where
    rows have no order, a block is any share of them.

    Attributes
    ----------
    loss, weight, block
        Shape (n,).
    """

    loss: NDArray[np.float64]
    weight: NDArray[np.float64]
    block: NDArray[np.int64]

    @classmethod
    def of(cls, sample: Sample, loss: NDArray[np.float64]) -> BlockLosses:
        """Of the rows of a sample; a loss that is not finite does not count."""
        usable, rows = np.isfinite(loss), np.arange(len(loss))
        weight = np.ones(len(loss)) if sample.weight is None else sample.weight
        if sample.ordered:
            blocks = min(_BLOCKS, max(1, math.isqrt(len(loss))))
            block = rows * blocks // max(1, len(loss))
        else:
            block = rows % _BLOCKS
        return cls(np.where(usable, loss, 0.0), np.where(usable, weight, 0.0), block)

    def slices(self, codes: NDArray[np.int64], count: int) -> list[SliceMean]:
        """Mean loss of each of `count` slices; codes, (n,), are -1 for rows of none."""
        cells = self.block * (count + 1) + np.where(codes < 0, count, codes)
        blocks = int(self.block.max(initial=0)) + 1

        def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
            sums = np.bincount(cells, values, blocks * (count + 1)).astype(np.float64)
            return sums.reshape(blocks, count + 1)

        rows = summed((self.weight > 0).astype(np.float64)).sum(axis=0)
        loss, weight = summed(self.weight * self.loss), summed(self.weight)
        return [SliceMean.of(loss, weight, rows, number) for number in range(count)]


@dataclass(frozen=True)
class SliceMean:
    """Mean loss of a slice and of all other rows.

    Attributes
    ----------
    errors, other_errors
        Shape (blocks,): what each block adds to the error of `mean` and of `others` (the ratio of
        two sums, linearised).
    blocks
        Blocks in which the slice has rows.
    per_mean
        Share of the whole loss that one unit of `mean` is.
    """

    mean: float
    errors: NDArray[np.float64]
    rows: int
    blocks: int
    others: float
    other_errors: NDArray[np.float64]
    other_rows: int
    per_mean: float

    @classmethod
    def of(
        cls,
        loss: NDArray[np.float64],
        weight: NDArray[np.float64],
        rows: NDArray[np.float64],
        number: int,
    ) -> SliceMean:
        """Of one column of the sums by block and slice, (blocks, slices), and of all others."""
        own, own_weight = loss[:, number], weight[:, number]
        mean, errors = _ratio(own, own_weight)
        others, other_errors = _ratio(loss.sum(axis=1) - own, weight.sum(axis=1) - own_weight)
        return cls(
            mean=mean,
            errors=errors,
            rows=int(rows[number]),
            blocks=int((own_weight > 0).sum()),
            others=others,
            other_errors=other_errors,
            other_rows=int(rows.sum() - rows[number]),
            per_mean=float(own_weight.sum()) / max(float(loss.sum()), _SMALLEST),
        )

    def above_others(self) -> Difference:
        """How much the slice's mean is above that of the other rows."""
        both = self.errors - self.other_errors
        return Difference.of(self.mean - self.others, [(both, self.blocks)])

    def above(self, past: SliceMean) -> Difference:
        """How much the slice's mean is above that of the same slice in independent rows."""
        parts = [(self.errors, self.blocks), (past.errors, past.blocks)]
        return Difference.of(self.mean - past.mean, parts)


def _ratio(
    loss: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    whole = max(float(weight.sum()), _SMALLEST)
    mean = float(loss.sum()) / whole
    return mean, (loss - mean * weight) / whole


@dataclass(frozen=True)
class Difference:
    """A difference of means, its standard error and degrees of freedom (Welch, 1947)."""

    difference: float
    error: float
    freedom: float

    @classmethod
    def of(cls, difference: float, parts: list[tuple[NDArray[np.float64], int]]) -> Difference:
        """`parts`: independent errors by block, and the number of blocks with rows."""
        freedom = [max(1, blocks - 1) for _, blocks in parts]
        variances = [
            float((errors**2).sum()) * (free + 1) / free
            for (errors, _), free in zip(parts, freedom, strict=True)
        ]
        total = sum(variances)
        spread = sum(v**2 / free for v, free in zip(variances, freedom, strict=True))
        welch = total**2 / spread if spread else float(sum(freedom))
        return cls(difference, math.sqrt(total), welch)

    @property
    def p_value(self) -> float:
        """One-sided: that the true difference is not above 0."""
        from scipy.special import stdtr

        if self.error == 0:
            return float(self.difference <= 0)
        return float(stdtr(self.freedom, -self.difference / self.error))

    def interval(self, confidence: float) -> tuple[float, float]:
        """Two-sided."""
        from scipy.special import stdtrit

        width = float(stdtrit(self.freedom, (1 + confidence) / 2)) * self.error
        return self.difference - width, self.difference + width
