"""A threshold for each group of a protected column, no further from the common one than needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["GroupRows", "find_thresholds"]

Array = NDArray[Any]
_STEPS = 21
_MARGIN = 0.8  # of the limit: other rows will be a little further apart
# Rates that a measure wants alike: of all rows, of the positive and of the negative ones.
_RATES = {
    "demographic_parity_difference": ("all",),
    "equal_opportunity_difference": ("positive",),
    "equalized_odds_difference": ("positive", "negative"),
}


@dataclass(frozen=True)
class GroupRows:
    """Rows of two classes by group.

    Attributes
    ----------
    probability
        (n,) of the positive class, by models that did not train on these rows.
    positive
        (n,) which rows are of that class.
    group
        (n,) name of each row's group.
    weight
        (n,) weights; None: all equal.
    """

    probability: NDArray[np.float64]
    positive: NDArray[np.bool_]
    group: NDArray[np.object_]
    weight: NDArray[np.float64] | None

    @property
    def counts(self) -> NDArray[np.float64]:
        """(n,) what each row counts."""
        return np.ones(len(self.probability)) if self.weight is None else self.weight

    def among(self, rate: str) -> NDArray[np.bool_]:
        """(n,) rows of which a rate is a share."""
        if rate == "all":
            return np.ones(len(self.positive), dtype=np.bool_)
        return self.positive if rate == "positive" else ~self.positive


def find_thresholds(
    rows: GroupRows, groups: list[str], common: float, *, measure: str, limit: float
) -> dict[str, float]:
    """Thresholds under which groups are no further apart than a limit.

    For each rate that the measure compares, the thresholds are known at which every group has the
    rate that all rows together have at the common threshold. On the way there from the common
    threshold the first point counts at which the groups are near enough, with a margin; of several
    ways the one that decides most rows rightly. Where none is near enough, the nearest counts.

    Decisions stay deterministic, unlike those of Hardt, Price, Srebro (2016), whose random mixing
    would answer the same row differently twice; so equal odds can only be approached.

    Parameters
    ----------
    groups
        Names of the groups that are compared; others keep the common threshold.
    common
        Probability above which a row is given the positive class.
    measure
        Of the rates, see `FairnessPolicy`.
    limit
        Of the measure.

    Returns
    -------
    dict
        Threshold by group; all `common` when that keeps the limit.
    """
    kept = [name for name in groups if _both_classes(rows, name)]
    ways = [_alike(rows, kept, common, rate) for rate in _RATES[measure]]
    if len(ways) == 2:
        ways.append({name: (ways[0][name] + ways[1][name]) / 2 for name in kept})
    found: list[tuple[float, float, dict[str, float]]] = []
    for step in np.linspace(0, 1, _STEPS):
        for way in ways:
            moved = {name: common + float(step) * (way[name] - common) for name in kept}
            apart, right = _judged(rows, kept, common, moved, measure)
            found.append((apart, right, moved))
        near = [each for each in found[-len(ways) :] if each[0] <= _MARGIN * limit]
        if near:
            return max(near, key=lambda each: each[1])[2]
    return min(found, key=lambda each: each[0])[2] if found else {}


def _both_classes(rows: GroupRows, name: str) -> bool:
    positive = rows.positive[rows.group == name]
    return bool(positive.any() and not positive.all())


def _alike(rows: GroupRows, groups: list[str], common: float, rate: str) -> dict[str, float]:
    """Thresholds at which each group has the rate of all."""
    among, counts = rows.among(rate), rows.counts
    asked = float(np.average(rows.probability[among] > common, weights=counts[among]))
    return {
        name: _threshold(rows.probability[within], counts[within], asked)
        for name in groups
        for within in [among & (rows.group == name)]
    }


def _threshold(probability: Array, counts: Array, share: float) -> float:
    """Above which lies so large a share of the rows; half way between two of them."""
    order = np.argsort(-probability, kind="stable")
    ordered, reached = probability[order], np.cumsum(counts[order]) / counts.sum()
    taken = int(np.searchsorted(reached, share, side="left"))
    edges = np.concatenate([[1.0], ordered, [0.0]])
    return float((edges[taken] + edges[taken + 1]) / 2) if share > 0 else 1.0


def _judged(
    rows: GroupRows, groups: list[str], common: float, thresholds: dict[str, float], measure: str
) -> tuple[float, float]:
    """How far the groups are apart, and the share of rows decided rightly."""
    limits = np.full(len(rows.probability), common)
    for name in groups:
        limits[rows.group == name] = thresholds[name]
    said, counts = rows.probability > limits, rows.counts
    spreads = []
    for rate in _RATES[measure]:
        among = rows.among(rate)
        shares = [
            np.average(said[within], weights=counts[within])
            for within in (among & (rows.group == name) for name in groups)
        ]
        spreads.append(max(shares) - min(shares) if shares else 0.0)
    return float(max(spreads)), float(np.average(said == rows.positive, weights=counts))
