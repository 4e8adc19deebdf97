"""Which columns look different from the champion's training rows. Advisory: it never alarms alone.

Every column gets a p-value AND an effect size: with many rows a p-value finds shifts too small to
matter, with few rows an effect size finds noise. A column has drifted when both say so, after
Benjamini-Hochberg over all columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ColumnDrift", "DriftSummary", "benjamini_hochberg", "column_drift", "measure_drift"]

_LEVELS, _BINS = 20, 10
_FEWEST_EXPECTED = 5.0


class ColumnDrift(BaseModel):
    """How one column differs.

    Attributes
    ----------
    kind
        ``unknown`` when the column could not be compared; that never reads "no drift".
    effect
        Population stability index less what sampling alone gives, at least 0; 0.1 is a moderate
        shift, 0.25 a large one. The larger of values and missingness.
    p_value
        Of values (Kolmogorov-Smirnov or chi-squared) or missingness, adjusted for the two.
    adjusted
        `p_value` after Benjamini-Hochberg over all columns.
    """

    model_config = ConfigDict(frozen=True)

    column: str
    kind: Literal["numeric", "categorical", "unknown"]
    effect: float | None = None
    p_value: float | None = None
    adjusted: float | None = None
    drifted: bool = False


class DriftSummary(BaseModel):
    """All columns, the most drifted first."""

    model_config = ConfigDict(frozen=True)

    reference_rows: int
    current_rows: int
    columns: list[ColumnDrift]

    @property
    def drifted(self) -> list[str]:
        """Names of the drifted columns, the largest effect first."""
        return [each.column for each in self.columns if each.drifted]

    @property
    def unknown(self) -> list[str]:
        """Names of the columns that could not be compared."""
        return [each.column for each in self.columns if each.kind == "unknown"]


def measure_drift(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    *,
    confidence: float = 0.95,
    least_effect: float = 0.1,
) -> DriftSummary:
    """Compare every column of `reference` with the same column of `current`.

    Parameters
    ----------
    reference, current
        Feature columns, raw. Of dates and of anything that is no number, the text is compared.
    confidence
        1 - the accepted share of false discoveries.
    least_effect
        Smaller effects are no drift, however certain.
    """
    columns = [_guarded(name, reference, current) for name in reference.columns]
    tested = [each for each in columns if each.p_value is not None]
    adjusted = benjamini_hochberg(np.array([each.p_value for each in tested], dtype=np.float64))
    judged = [
        each.model_copy(
            update={
                "adjusted": float(p),
                "drifted": bool(p < 1 - confidence) and (each.effect or 0.0) >= least_effect,
            }
        )
        for each, p in zip(tested, adjusted, strict=True)
    ]
    judged.sort(key=lambda each: (not each.drifted, -(each.effect or 0.0), each.column))
    unknown = [each for each in columns if each.p_value is None]
    return DriftSummary(
        reference_rows=len(reference), current_rows=len(current), columns=judged + unknown
    )


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p-values (Benjamini and Hochberg, 1995), in the given order."""
    count = len(p_values)
    order = np.argsort(p_values)[::-1]
    scaled = p_values[order] * count / np.arange(count, 0, -1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled), 1.0) if count else scaled
    return adjusted


def column_drift(
    reference: pd.Series, current: pd.Series
) -> tuple[Literal["numeric", "categorical"], float, float]:
    """Kind, effect and p-value of one column; infinities, nulls and unseen levels are values."""
    here, there = current.dropna(), reference.dropna()
    numeric = _is_number(reference) and _is_number(current) and there.nunique() > _LEVELS
    gone = np.array(
        [[len(there), len(reference) - len(there)], [len(here), len(current) - len(here)]]
    )
    tests = [_table_drift(gone)]
    if len(here) and len(there):
        tests.append(_numeric_drift(there, here) if numeric else _level_drift(there, here))
    effect = max(effect for effect, _ in tests)
    p_value = min(1.0, len(tests) * min(p for _, p in tests))
    return ("numeric" if numeric else "categorical"), effect, p_value


def _guarded(name: str, reference: pd.DataFrame, current: pd.DataFrame) -> ColumnDrift:
    if name not in current.columns or reference.empty or current.empty:
        return ColumnDrift(column=name, kind="unknown")
    try:
        kind, effect, p_value = column_drift(reference[name], current[name])
    except (TypeError, ValueError):
        # Cells that are neither numbers nor text; one odd column must not cost the others.
        return ColumnDrift(column=name, kind="unknown")
    return ColumnDrift(column=name, kind=kind, effect=effect, p_value=p_value)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _numeric_drift(reference: pd.Series, current: pd.Series) -> tuple[float, float]:
    from scipy.stats import ks_2samp

    there, here = reference.to_numpy(np.float64), current.to_numpy(np.float64)
    # Ranks keep infinities at the ends, where the test wants finite numbers.
    _, ranks = np.unique(np.concatenate([there, here]), return_inverse=True)
    p_value = float(ks_2samp(ranks[: len(there)], ranks[len(there) :], method="asymp").pvalue)
    finite = there[np.isfinite(there)]
    edges = np.unique(np.quantile(finite, np.linspace(0, 1, _BINS + 1)[1:-1]))
    table = np.array([_binned(there, edges), _binned(here, edges)])
    return _stability_index(table), p_value


def _binned(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Counts by quantile bin, and of both infinities."""
    finite = values[np.isfinite(values)]
    counts = np.bincount(np.searchsorted(edges, finite), minlength=len(edges) + 1)
    ends = [int((values == -np.inf).sum()), int((values == np.inf).sum())]
    return np.concatenate([counts, ends])


def _level_drift(reference: pd.Series, current: pd.Series) -> tuple[float, float]:
    there, here = _as_text(reference, current), _as_text(current, reference)
    common = there.value_counts().index[:_LEVELS]
    table = np.array([_counted(there, common), _counted(here, common)])
    return _table_drift(table)


def _as_text(column: pd.Series, other: pd.Series) -> pd.Series:
    # An integer column turns into floats where nulls arrive: 1 and 1.0 are one level.
    both_numbers = _is_number(column) and _is_number(other)
    return (column.astype(np.float64) if both_numbers else column).astype(str)


def _counted(values: pd.Series, levels: pd.Index[Any]) -> NDArray[np.int64]:
    counts = values.value_counts().reindex(levels, fill_value=0).to_numpy()
    return np.append(counts, len(values) - counts.sum())


def _table_drift(table: NDArray[np.int64]) -> tuple[float, float]:
    """Effect and chi-squared p-value of a (2, levels) table of counts."""
    from scipy.stats import chi2_contingency

    pooled = _merge_rare(table)
    if pooled.shape[1] < 2:
        return 0.0, 1.0
    return _stability_index(pooled), float(chi2_contingency(pooled).pvalue)


def _merge_rare(table: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pool levels until each expects the five rows that the chi-squared test needs."""
    smallest_row = table.sum(axis=1).min() / table.sum()
    order = np.argsort(table.sum(axis=0))
    expected = table.sum(axis=0)[order] * smallest_row
    pooled_expected = expected.cumsum()
    rare = int((expected < _FEWEST_EXPECTED).sum())
    while 0 < rare < len(order) and pooled_expected[rare - 1] < _FEWEST_EXPECTED:
        rare += 1
    pooled = np.column_stack([table[:, order[:rare]].sum(axis=1), table[:, order[rare:]]])
    return pooled[:, pooled.sum(axis=0) > 0]


def _stability_index(table: NDArray[np.int64]) -> float:
    """Population stability index less its expectation under equal distributions, at least 0.

    The index is then about (1/n + 1/m) times a chi-squared variable of levels - 1 degrees of
    freedom (Yurdakul, 2018), so small samples alone reach any fixed threshold.
    """
    rows = table.sum(axis=1, keepdims=True)
    shares = (table + 0.5) / (rows + 0.5 * table.shape[1])
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    expected = float((table.shape[1] - 1) * (1 / rows).sum())
    return max(0.0, index - expected)
