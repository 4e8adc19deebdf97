"""Compares the champion's loss on newly labelled rows with its loss on its own holdout."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "LossComparison",
    "LossFunction",
    "Sample",
    "bootstrap_losses",
    "compare",
    "drawn_rows",
    "relative_increase",
    "with_intervals",
]

# NaN where the rows do not determine the loss, such as the AUC of rows of one class.
LossFunction = Callable[["NDArray[Any]", "NDArray[Any]", "NDArray[Any] | None"], float]

_REPLICATES, _FEWEST_REPLICATES, _ROWS_IN_ALL = 500, 100, 20_000_000
_SMALLEST_LOSS = 1e-9


@dataclass(frozen=True)
class Sample:
    """Labels and the predictions for them.

    Attributes
    ----------
    truth
        Shape (n,).
    prediction
        Shape (n,) for a regression, (n, classes) probabilities else.
    ordered
        Whether neighbouring rows are neighbours in time, so that their errors resemble each other.
    weight
        Shape (n,): what each row counts; None: all alike.
    """

    truth: NDArray[Any]
    prediction: NDArray[Any]
    ordered: bool
    weight: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.truth)

    def drawn(self, rows: NDArray[Any]) -> Sample:
        """Some of the rows, by position."""
        weight = None if self.weight is None else self.weight[rows]
        return Sample(self.truth[rows], self.prediction[rows], self.ordered, weight)


class LossComparison(BaseModel):
    """A window's loss beside the reference loss; None where it cannot be computed.

    Attributes
    ----------
    rows, reference_rows
        Rows judged.
    loss, reference_loss
        Lower is better.
    loss_interval
        Two-sided bootstrap interval of the window's loss.
    increase
        (loss - reference loss) / reference loss.
    increase_interval
        Two-sided bootstrap interval of the increase.
    increase_at_least
        One-sided lower confidence bound of the increase: what the decision looks at.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    reference_rows: int
    loss: float | None = None
    reference_loss: float | None = None
    loss_interval: tuple[float, float] | None = None
    increase: float | None = None
    increase_interval: tuple[float, float] | None = None
    increase_at_least: float | None = None


def compare(
    window: Sample, reference: Sample, loss: LossFunction, *, confidence: float, seed: int
) -> LossComparison:
    """Bootstrap the relative increase of the loss, resampling both samples.

    Returns
    -------
    LossComparison
        With None for what is not defined, such as the AUC of rows of one class.
    """
    sizes = {"rows": len(window), "reference_rows": len(reference)}
    here, there = _loss_or_nan(loss, window), _loss_or_nan(loss, reference)
    if not (math.isfinite(here) and math.isfinite(there)):
        return LossComparison(
            **sizes, loss=_finite_or_none(here), reference_loss=_finite_or_none(there)
        )
    replicates = _replicates(len(window) + len(reference))
    losses, references = (
        bootstrap_losses(sample, loss, replicates, rng)
        for sample, rng in zip(
            (window, reference), np.random.default_rng(seed).spawn(2), strict=True
        )
    )
    usable = np.isfinite(losses) & np.isfinite(references)
    point = LossComparison(
        **sizes,
        loss=here,
        reference_loss=there,
        increase=relative_increase(here, there),
    )
    if usable.mean() < 0.5:
        return point
    return with_intervals(point, losses[usable], references[usable], confidence)


def with_intervals(
    point: LossComparison,
    losses: NDArray[np.float64],
    references: NDArray[np.float64],
    confidence: float,
) -> LossComparison:
    """A comparison of two losses, with how both and their difference vary.

    Parameters
    ----------
    losses, references
        (draws,) of the window and of the reference.
    """
    increases = _relative(losses, references)
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    return point.model_copy(
        update={
            "loss_interval": _quantiles(losses, tails),
            "increase_interval": _quantiles(increases, tails),
            "increase_at_least": float(np.quantile(increases, 1 - confidence)),
        }
    )


def bootstrap_losses(
    sample: Sample, loss: LossFunction, replicates: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Losses of resampled rows, NaN where a resample has none.

    Time-ordered rows are drawn in circular blocks of about the square root of their number
    (Politis and Romano, 1992), else the interval of autocorrelated errors is far too narrow.

    Returns
    -------
    ndarray of shape (replicates,)
    """
    losses = np.full(replicates, np.nan)
    for i in range(replicates):
        losses[i] = _loss_or_nan(loss, sample.drawn(drawn_rows(sample, rng)))
    return losses


def drawn_rows(sample: Sample, rng: np.random.Generator) -> NDArray[np.int64]:
    """(n,) positions of a resample; of time-ordered rows in blocks, see `bootstrap_losses`."""
    rows = len(sample)
    length = max(1, math.isqrt(rows)) if sample.ordered else 1
    starts = rng.integers(rows, size=-(-rows // length))
    return np.asarray(((starts[:, None] + np.arange(length)) % rows).ravel()[:rows])


def _replicates(rows: int) -> int:
    # Many rows vary little and cost much.
    return min(_REPLICATES, max(_FEWEST_REPLICATES, _ROWS_IN_ALL // rows))


def _loss_or_nan(loss: LossFunction, sample: Sample) -> float:
    return loss(sample.truth, sample.prediction, sample.weight) if len(sample) else math.nan


def relative_increase(loss: float, reference: float) -> float:
    """How much larger a loss is than the reference's, relative to that."""
    return float(_relative(np.array(loss), np.array(reference)))


def _relative(loss: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((loss - reference) / np.maximum(np.abs(reference), _SMALLEST_LOSS))


def _quantiles(values: NDArray[np.float64], levels: tuple[float, float]) -> tuple[float, float]:
    low, high = np.quantile(values, levels)
    return float(low), float(high)


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
