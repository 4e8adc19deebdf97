"""What an estimate of performance says, whichever way it was made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.performance import (
    LossComparison,
    Sample,
    relative_increase,
    with_intervals,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.search.measure import Measure

__all__ = ["CAUTION", "MOST_ROWS", "EstimatedPerformance", "estimated", "thinned", "why_not"]

CAUTION = (
    "Estimated from the features alone, without labels: it sees that harder rows arrive, and "
    "cannot see that what follows from the same features has changed (concept drift)."
)
MOST_ROWS = 20_000

_FEWEST_ROWS = 50
# Rows that moved use the ends of what the reference taught, which resampling it shows too certain:
# of simulated realised losses 95 % intervals held 92 to 95 % as they were.
_WIDER = 1.2


class EstimatedPerformance(BaseModel):
    """The loss that labels would probably show, beside the reference's. Aggregates only.

    Attributes
    ----------
    method
        Confidence-based (``cbpe``) of classes, ``direct_loss`` of a regression.
    comparison
        As of realised losses, with the estimate as `loss`; its intervals hold what another draw of
        labels and another reference would change. None: nothing could be estimated.
    score, reference_score
        In the metric's own direction.
    reason
        Why nothing could be estimated, in plain words.
    caution
        What no estimate of this kind can see; to be shown wherever the numbers are.
    """

    model_config = ConfigDict(frozen=True)

    method: Literal["cbpe", "direct_loss"]
    metric: str
    comparison: LossComparison | None = None
    score: float | None = None
    reference_score: float | None = None
    reason: str | None = None
    caution: str = CAUTION


def estimated(
    method: Literal["cbpe", "direct_loss"],
    measure: Measure,
    *,
    sizes: tuple[int, int],
    losses: tuple[float, float],
    draws: NDArray[np.float64],
    confidence: float,
) -> EstimatedPerformance:
    """The result of an estimate; one without numbers where the rows do not determine the metric.

    Parameters
    ----------
    sizes
        Rows of the window and of the reference.
    losses
        The estimated loss, and the reference's.
    draws
        (2, draws): how both would vary; NaN where a draw has none.
    """
    from automl_tasks.search.metrics import score_of_loss

    usable = draws[:, np.isfinite(draws).all(axis=0)]
    if not all(map(math.isfinite, losses)) or 2 * usable.shape[1] < draws.shape[1]:
        reason = f"these rows do not determine {measure.name}"
        return EstimatedPerformance(method=method, metric=measure.name, reason=reason)
    # Resampled calibrations are a little too certain: the draws tell the spread, not the place.
    here = losses[0] + _WIDER * (usable[0] - np.median(usable[0]))
    point = LossComparison(
        rows=sizes[0],
        reference_rows=sizes[1],
        loss=losses[0],
        reference_loss=losses[1],
        increase=relative_increase(*losses),
    )
    comparison = with_intervals(point, here, usable[1], confidence)
    return EstimatedPerformance(
        method=method,
        metric=measure.name,
        comparison=comparison,
        score=score_of_loss(measure, losses[0]),
        reference_score=score_of_loss(measure, losses[1]),
    )


def why_not(window: Sample, reference: Sample) -> str | None:
    """Why no estimate of whatever metric can be made; None when it can."""
    if len(window) == 0:
        return "there are no rows to estimate it on"
    if len(reference) < _FEWEST_ROWS:
        return f"the reference has {len(reference)} rows, {_FEWEST_ROWS} are needed"
    for name, sample in (("window", window), ("reference", reference)):
        finite = np.isfinite(sample.prediction).reshape(len(sample), -1).all(axis=1)
        if not finite.all():
            lost = len(sample) - int(finite.sum())
            return f"{lost:,} of {len(sample):,} predictions of the {name} are not finite"
        if sample.weight is not None and not sample.weight.any():
            return f"all rows of the {name} have the weight 0"
    return None


def thinned(rows: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of at most `most` rows, in their order."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(rng.choice(rows, most, replace=False))
