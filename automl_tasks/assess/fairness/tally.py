"""What a model does to each group, with the range in which other rows would put it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

__all__ = ["Group", "Judged", "Quantity", "interval_of", "quantities", "resamples"]

Array = NDArray[Any]
_RESAMPLES = 200
_RESAMPLES_OF_METRIC = 40  # a metric is computed anew for each group, rates are only counted


class Quantity(BaseModel):
    """A number with its 95 % interval, by the bootstrap; no interval where it has none."""

    value: float
    low: float | None = None
    high: float | None = None


class Group(BaseModel):
    """Rows that share a value of a protected column.

    Attributes
    ----------
    quantities
        By name. Two classes: ``selection_rate`` (share that is given the positive class),
        ``true_positive_rate`` and ``false_positive_rate``. Numbers: ``mean_prediction``. Always
        ``metric``, the run's own. One that the rows do not determine is absent.
    """

    group: str
    rows: int
    quantities: dict[str, Quantity]


@dataclass(frozen=True)
class Judged:
    """Rows with what is true and what a model says of them.

    Attributes
    ----------
    prediction
        (n,) values or (n, classes) probabilities.
    positive, selected
        (n,) of two classes: which rows are of the positive class, which are given it; else None.
    weight
        (n,); None: all rows count alike.
    metric
        ``metric(rows)`` is the run's own on some rows, NaN where they do not determine it.
    """

    prediction: Array
    positive: Array | None
    selected: Array | None
    weight: Array | None
    metric: Callable[[Array], float]

    def counts(self, rows: Array) -> Array:
        """(n of rows,) what they count."""
        return np.ones(len(rows)) if self.weight is None else self.weight[rows]


def quantities(judged: Judged, rows: Array, *, metric: bool = True) -> dict[str, float]:
    """What holds of some rows; NaN where they do not determine it.

    Parameters
    ----------
    rows
        (m,) positions, with repetition where resampled.
    metric
        With the run's metric.
    """
    found: dict[str, float] = {"metric": judged.metric(rows)} if metric else {}
    counts = judged.counts(rows)
    if judged.positive is None or judged.selected is None:
        if judged.prediction.ndim == 1:
            found["mean_prediction"] = _mean(judged.prediction[rows], counts)
        return found
    positive, selected = judged.positive[rows], judged.selected[rows].astype(np.float64)
    return found | {
        "selection_rate": _mean(selected, counts),
        "true_positive_rate": _mean(selected[positive], counts[positive]),
        "false_positive_rate": _mean(selected[~positive], counts[~positive]),
    }


def resamples(judged: Judged, groups: list[Array], seed: int) -> Iterator[list[dict[str, float]]]:
    """The quantities of every group, in one resample of the rows after the other.

    Each group is resampled by itself, so that its size stays.
    """
    rng = np.random.default_rng(seed)
    for number in range(_RESAMPLES):
        drawn = [rows[rng.integers(len(rows), size=len(rows))] for rows in groups]
        yield [quantities(judged, rows, metric=number < _RESAMPLES_OF_METRIC) for rows in drawn]


def interval_of(resampled: Sequence[float]) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of a number by its values in resamples; none with fewer than two."""
    if len(resampled) < 2:
        return None, None
    low, high = np.percentile(resampled, [2.5, 97.5])
    return float(low), float(high)


def _mean(values: Array, counts: Array) -> float:
    total = counts.sum()
    return float(values @ counts / total) if total > 0 else float("nan")
