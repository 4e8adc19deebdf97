"""Champion against challenger on the same rows: a paired bootstrap of the difference in loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from automl_tasks.search.measure import Measure

__all__ = ["Comparison", "compare"]

Array = np.ndarray[Any, Any]
RESAMPLES = 500


class Comparison(BaseModel):
    """How the two did on the same rows.

    Attributes
    ----------
    champion, challenger
        Scores in the problem's metric.
    improvement
        The champion's loss minus the challenger's; above 0 the challenger is better.
    low
        Lower end of the one-sided 90 % interval of `improvement`.
    probability_better
        Share of resamples in which the challenger is better.
    """

    model_config = ConfigDict(frozen=True)

    metric: str
    rows: int
    champion: float
    challenger: float
    improvement: float
    low: float
    probability_better: float


def compare(
    metric: str | Measure,
    y: Array,
    champion: Array,
    challenger: Array,
    *,
    in_blocks: bool,
    weight: Array | None = None,
    seed: int = 0,
) -> Comparison | None:
    """Compare two predictions of the same rows.

    Parameters
    ----------
    metric
        As for `score`.
    y, champion, challenger
        Encoded labels (n,), and predictions (n,) or (n, classes).
    weight
        (n,) weights of the rows; None: all equal.
    in_blocks
        Resample blocks of n^(1/3) neighbours in place of single rows: neighbours in time are
        alike, and single rows would make the interval too narrow (moving blocks: Künsch 1989).

    Returns
    -------
    Comparison or None
        None when the rows do not determine the metric (one class only).
    """
    from automl_tasks.search.metrics import loss, loss_of_score, score

    scores = score(metric, y, champion, weight), score(metric, y, challenger, weight)
    if not all(map(math.isfinite, scores)):
        return None
    generator = np.random.default_rng(seed)
    differences = []
    for _ in range(RESAMPLES):
        rows = _resample(generator, len(y), in_blocks=in_blocks)
        picked, counts = y[rows], None if weight is None else weight[rows]
        theirs = loss(metric, picked, champion[rows], counts)
        difference = theirs - loss(metric, picked, challenger[rows], counts)
        if math.isfinite(difference):
            differences.append(difference)
    if not differences:
        return None
    return Comparison(
        metric=metric if isinstance(metric, str) else metric.name,
        rows=len(y),
        champion=scores[0],
        challenger=scores[1],
        improvement=loss_of_score(metric, scores[0]) - loss_of_score(metric, scores[1]),
        low=float(np.quantile(differences, 0.1)),
        probability_better=float(np.mean(np.array(differences) > 0)),
    )


def _resample(generator: np.random.Generator, rows: int, *, in_blocks: bool) -> Array:
    if not in_blocks:
        return generator.integers(rows, size=rows)
    length = max(1, round(rows ** (1 / 3)))
    starts = generator.integers(rows - length + 1, size=math.ceil(rows / length))
    blocks: Array = starts[:, None] + np.arange(length)
    return blocks.ravel()[:rows]
