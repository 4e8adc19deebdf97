"""How far groups are apart, by the measures and names of fairlearn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel

from automl_tasks.assess.fairness.tally import interval_of
from automl_tasks.problem import FairnessMeasure

__all__ = ["COMPARED", "Disparity", "disparities"]

COMPARED: dict[FairnessMeasure, tuple[str, ...]] = {
    "demographic_parity_difference": ("selection_rate",),
    "equal_opportunity_difference": ("true_positive_rate",),
    "equalized_odds_difference": ("true_positive_rate", "false_positive_rate"),
    "mean_prediction_difference": ("mean_prediction",),
    "metric_difference": ("metric",),
}
"""The quantities of groups that a measure compares; of several the furthest apart counts."""


class Disparity(BaseModel):
    """The greatest difference between two groups of a column, with its 95 % interval.

    The interval's lower end is above 0 even where groups are treated alike: the greatest of
    several noisy differences is never 0. It tells how certain the value is, not whether it is real.

    Attributes
    ----------
    lowest, highest
        The groups that are furthest apart.
    """

    value: float
    low: float | None
    high: float | None
    lowest: str
    highest: str


def disparities(
    names: Sequence[str],
    found: Sequence[dict[str, float]],
    resampled: Sequence[Sequence[dict[str, float]]],
) -> dict[str, Disparity]:
    """Every measure that the groups determine.

    Parameters
    ----------
    names
        Of the groups.
    found
        The quantities of each group.
    resampled
        The same, of every resample.

    References
    ----------
    Weerts, Dudík, Edgar, Jalali, Lutz, Madaio (2023): Fairlearn: assessing and improving fairness
    of AI systems; its functions of the same names give the same values.
    """
    told: dict[str, Disparity] = {}
    for measure, compared in COMPARED.items():
        spreads = {each: _spread(each, found) for each in compared}
        known = {each: spread for each, spread in spreads.items() if spread is not None}
        if len(known) < len(compared):
            continue
        widest = max(known, key=lambda each: known[each][0])
        value, lowest, highest = known[widest]
        drawn = [_widest(compared, groups) for groups in resampled]
        kept = [each for each in drawn if each is not None]
        low, high = interval_of(kept)
        told[measure] = Disparity(
            value=value, low=low, high=high, lowest=names[lowest], highest=names[highest]
        )
    return told


def _spread(quantity: str, groups: Sequence[dict[str, float]]) -> tuple[float, int, int] | None:
    """Greatest difference and the places of the lowest and highest group; None with one group."""
    values = np.array([group.get(quantity, np.nan) for group in groups])
    if (~np.isnan(values)).sum() < 2:
        return None
    lowest, highest = int(np.nanargmin(values)), int(np.nanargmax(values))
    return float(values[highest] - values[lowest]), lowest, highest


def _widest(compared: Sequence[str], groups: Sequence[dict[str, float]]) -> float | None:
    spreads = [_spread(each, groups) for each in compared]
    values = [spread[0] for spread in spreads if spread is not None]
    return max(values) if len(values) == len(compared) else None
