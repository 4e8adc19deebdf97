"""Which columns look different from the champion's training rows. Advisory: it never alarms alone.

Every column gets a p-value AND an effect size: with many rows a p-value finds shifts too small to
matter, with few rows an effect size finds noise. A column has drifted when both say so, after
Benjamini-Hochberg over all columns, and when the champion uses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from automl_tasks.assess.slices.multiplicity import benjamini_hochberg
from automl_tasks.monitor.columns import compare_column, is_date
from automl_tasks.monitor.freshness import Freshness, measure_freshness
from automl_tasks.monitor.stretches import Stretches, between
from automl_tasks.monitor.summary import ColumnDrift, DriftSummary
from automl_tasks.problem import Role

__all__ = ["ColumnDrift", "DriftSummary", "benjamini_hochberg", "measure_drift", "usage_shares"]

_LEAST_SHARE, _OF_EQUAL_SHARE = 0.01, 0.2


def measure_drift(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    *,
    confidence: float = 0.95,
    least_effect: float = 0.1,
    ordered: bool = True,
    roles: Mapping[str, Role] | None = None,
    importance: Mapping[str, float] | None = None,
    now: datetime | None = None,
) -> DriftSummary:
    """Compare every column of `reference` with the same column of `current`.

    Parameters
    ----------
    reference, current
        Feature columns, raw, in the order of time. An index of growing whole numbers tells where
        sampled rows were; see `automl_tasks.monitor.stretches`.
    confidence
        1 - the accepted share of false discoveries.
    least_effect
        Smaller effects are no drift, however certain.
    ordered
        Whether rows may resemble their neighbours; False takes them as independent.
    roles
        Of columns that are text or dates, whatever their values look like.
    importance
        What the champion gives its columns, in any unit; absent columns are unused. A column with
        less than 1 % of all, or than a fifth of an equal share, is hardly used.
    now
        For how late the newest dates are.
    """
    known = roles or {}
    dates = [name for name in reference.columns if _is_date(reference[name], known.get(str(name)))]
    stretches = between(reference.index, current.index) if ordered else Stretches()
    columns = [
        compare_column(reference[name], current[name], stretches, known.get(str(name)))
        if name in current.columns
        else ColumnDrift(column=str(name), kind="unknown", why="the newest rows lack it")
        for name in reference.columns
        if name not in dates
    ]
    shares = usage_shares(importance)
    judged = [
        _judged(each, adjusted, shares, 1 - confidence, least_effect)
        for each, adjusted in _with_adjusted(columns)
    ]
    judged.sort(key=_most_drifted)
    differing = [each for each in judged if each.drifted or each.hardly_used]
    return DriftSummary(
        reference_rows=len(reference),
        current_rows=len(current),
        columns=judged,
        used_share=None if shares is None else sum(each.importance or 0.0 for each in differing),
        freshness=[_freshness(reference, current, name, now) for name in dates],
    )


def usage_shares(importance: Mapping[str, float] | None) -> dict[str, float] | None:
    """Importances as shares that sum to 1; None when there are none above 0."""
    usable = {
        str(name): float(value)
        for name, value in (importance or {}).items()
        if np.isfinite(value) and value > 0
    }
    total = sum(usable.values())
    return {name: value / total for name, value in usable.items()} if total else None


def _is_date(column: pd.Series, role: Role | None) -> bool:
    return role == "datetime" or is_date(column)


def _with_adjusted(columns: Sequence[ColumnDrift]) -> list[tuple[ColumnDrift, float | None]]:
    tested = [each.p_value for each in columns if each.p_value is not None]
    adjusted = iter(benjamini_hochberg(np.array(tested, dtype=np.float64)))
    return [(each, None if each.p_value is None else float(next(adjusted))) for each in columns]


def _judged(
    column: ColumnDrift,
    adjusted: float | None,
    shares: Mapping[str, float] | None,
    significance: float,
    least_effect: float,
) -> ColumnDrift:
    share = None if shares is None else shares.get(column.column, 0.0)
    differs = (
        adjusted is not None and adjusted < significance and (column.effect or 0.0) >= least_effect
    )
    least = min(_LEAST_SHARE, _OF_EQUAL_SHARE / len(shares)) if shares else 0.0
    used = share is None or share >= least
    return column.model_copy(
        update={
            "adjusted": adjusted,
            "importance": share,
            "drifted": differs and used,
            "hardly_used": differs and not used,
        }
    )


def _most_drifted(column: ColumnDrift) -> tuple[bool, bool, bool, float, str]:
    unknown = column.kind == "unknown"
    return unknown, not column.drifted, not column.hardly_used, -(column.effect or 0), column.column


def _freshness(
    reference: pd.DataFrame, current: pd.DataFrame, name: str, now: datetime | None
) -> Freshness:
    if name not in current.columns:
        return Freshness(column=str(name))
    return measure_freshness(reference[name], current[name], now)
