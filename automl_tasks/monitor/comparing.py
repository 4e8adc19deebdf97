"""Compares the values of one column on two sides: an effect size and a p-value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.monitor.stretches import Stretches, Worth

__all__ = [
    "Difference",
    "compare_levels",
    "compare_missing",
    "compare_numbers",
    "compare_shares",
    "worth_of_numbers",
]

_LEVELS, _BINS = 20, 10
_FEWEST_EXPECTED = 5.0


@dataclass(frozen=True)
class Difference:
    """Of one column in one respect.

    Attributes
    ----------
    effect
        Population stability index less what sampling alone gives, at least 0.
    rows
        Effective current rows.
    """

    effect: float
    p_value: float
    rows: float


def compare_numbers(
    reference: NDArray[np.float64], current: NDArray[np.float64], stretches: Stretches
) -> Difference:
    """Kolmogorov-Smirnov on effective rows; the effect over quantile bins and both infinities.

    Parameters
    ----------
    reference, current : (n,), (m,) arrays
        NaN where missing; infinities are values.
    """
    from scipy.stats import kstwo

    there, here = reference[~np.isnan(reference)], current[~np.isnan(current)]
    ordered, newer = np.sort(there), np.sort(here)
    worth = worth_of_numbers(reference, len(here), stretches)
    both = np.concatenate([ordered, newer])
    shares = (np.searchsorted(side, both, side="right") / len(side) for side in (ordered, newer))
    distance = float(np.abs(np.subtract(*shares)).max())
    pairs = worth.reference * worth.current / (worth.reference + worth.current)
    p_value = float(kstwo.sf(distance, max(1, round(pairs))))
    edges = _edges(there[np.isfinite(there)], worth)
    table = np.array([_binned(there, edges), _binned(here, edges)])
    return Difference(_stability_index(table, worth), _widened(p_value, worth), worth.current)


def worth_of_numbers(reference: NDArray[np.float64], rows: int, stretches: Stretches) -> Worth:
    """Effective rows of numbers, by what wanders more: ranks or their distances from the middle.

    Parameters
    ----------
    reference : (n,) array
        NaN where missing.
    rows
        Current rows with a value.
    """
    from scipy.stats import rankdata

    present = ~np.isnan(reference)
    values = reference[present]
    ranks = (rankdata(values) - 0.5) / max(1, len(values)) - 0.5
    return stretches.worth(np.column_stack([ranks, np.abs(ranks)]), present, rows, pooled=False)


def compare_levels(
    reference: NDArray[Any], current: NDArray[Any], stretches: Stretches
) -> Difference:
    """Chi-squared of the most frequent levels and of all others together.

    Parameters
    ----------
    reference, current : (n,), (m,) object arrays
        Texts, None where missing.
    """
    import pandas as pd

    codes, _ = pd.factorize(np.concatenate([reference, current]))
    # Chosen on both sides together: the most frequent of one side are less so on any other.
    counts = np.bincount(codes[codes >= 0])
    common = np.argsort(-counts, kind="stable")[:_LEVELS]
    lookup = np.full(len(counts), len(common))
    lookup[common] = np.arange(len(common))
    there, here = codes[: len(reference)], codes[len(reference) :]
    present = there >= 0
    return _compare_codes(
        lookup[there[present]], lookup[here[here >= 0]], len(common) + 1, present, stretches
    )


def compare_missing(
    reference: NDArray[np.bool_], current: NDArray[np.bool_], stretches: Stretches
) -> Difference:
    """Chi-squared of the share of missing values."""
    return compare_shares(reference, current, np.ones(len(reference), dtype=bool), stretches)


def compare_shares(
    reference: NDArray[np.bool_],
    current: NDArray[np.bool_],
    present: NDArray[np.bool_],
    stretches: Stretches,
) -> Difference:
    """Chi-squared of the share of true values.

    Parameters
    ----------
    present : (all reference rows,) array
        Which rows `reference` is about.
    """
    return _compare_codes(
        reference.astype(np.int64), current.astype(np.int64), 2, present, stretches
    )


def _compare_codes(
    there: NDArray[np.int64],
    here: NDArray[np.int64],
    levels: int,
    present: NDArray[np.bool_],
    stretches: Stretches,
) -> Difference:
    from scipy.stats import chi2_contingency

    table = np.array([np.bincount(side, minlength=levels) for side in (there, here)])
    if (table.sum(axis=0) > 0).sum() < 2:
        return Difference(0.0, 1.0, float(len(here)))
    worth = stretches.worth(np.eye(levels)[there], present, len(here), pooled=True)
    sizes = np.array([[worth.reference], [worth.current]])
    table = _merge_rare(table, sizes)
    if table.shape[1] < 2:
        return Difference(0.0, 1.0, worth.current)
    effective = table / table.sum(axis=1, keepdims=True) * sizes
    p_value = float(chi2_contingency(effective).pvalue)
    return Difference(_stability_index(table, worth), _widened(p_value, worth), worth.current)


def _widened(p_value: float, worth: Worth) -> float:
    """The p-value when its standard error itself was estimated, as Student's t is to the normal."""
    if not math.isfinite(worth.freedom):
        return p_value
    from scipy.special import ndtri, stdtr

    return float(2 * stdtr(worth.freedom, ndtri(p_value / 2)))


def _edges(values: NDArray[np.float64], worth: Worth) -> NDArray[np.float64]:
    """Quantiles that leave each bin the effective rows that a count needs."""
    bins = min(_BINS, max(2, int(min(worth.reference, worth.current) / _FEWEST_EXPECTED)))
    return np.unique(np.quantile(values, np.arange(1, bins) / bins)) if len(values) else values


def _binned(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Counts by quantile bin, and of both infinities."""
    finite = values[np.isfinite(values)]
    counts = np.bincount(np.searchsorted(edges, finite), minlength=len(edges) + 1)
    ends = [int((values == -np.inf).sum()), int((values == np.inf).sum())]
    return np.concatenate([counts, ends])


def _merge_rare(table: NDArray[np.int64], sizes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Pool levels until each expects the five effective rows that the chi-squared test needs."""
    order = np.argsort(table.sum(axis=0), kind="stable")
    expected = (table.sum(axis=0) / table.sum())[order] * sizes.min()
    pooled_expected = expected.cumsum()
    rare = int((expected < _FEWEST_EXPECTED).sum())
    while 0 < rare < len(order) and pooled_expected[rare - 1] < _FEWEST_EXPECTED:
        rare += 1
    pooled = np.column_stack([table[:, order[:rare]].sum(axis=1), table[:, order[rare:]]])
    return pooled[:, pooled.sum(axis=0) > 0]


def _stability_index(table: NDArray[np.int64], worth: Worth) -> float:
    """Population stability index less its expectation under equal distributions, at least 0.

    The index is then about (1/n + 1/m) times a chi-squared variable of levels - 1 degrees of
    freedom (Yurdakul, 2018), so small samples alone reach any fixed threshold.
    """
    table = table[:, table.sum(axis=0) > 0]
    rows = table.sum(axis=1, keepdims=True)
    shares = (table + 0.5) / (rows + 0.5 * table.shape[1])
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    expected = (table.shape[1] - 1) * (1 / worth.reference + 1 / worth.current)
    return max(0.0, index - float(expected))
