"""The raw feature columns that drift and its report compare, oldest row first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor.stored_rows import StoredRows
from automl_tasks.monitor.stretches import FEWEST_STRETCHES
from automl_tasks.search.ordering import oldest_first
from automl_tasks.serve.steps.values import moments

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.problem import Problem
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["features_of", "reference_features"]

# An id never repeats, a constant tells nothing.
_NO_FEATURES = ("id", "constant")


def reference_features(
    store: Store, plan: Plan, most: int, *, window: int | None = None
) -> pd.DataFrame:
    """At most so many of the champion's training rows; parameters as of `features_of`."""
    rows = StoredRows(load_snapshot(store, plan.problem.name, plan.snapshot))
    return features_of(rows, plan, most, window=window)


def features_of(
    rows: StoredRows,
    plan: Plan,
    most: int,
    *,
    among: NDArray[np.int64] | None = None,
    window: int | None = None,
) -> pd.DataFrame:
    """At most so many rows in the order of time, feature columns only.

    Only what is sampled is read: a table may be larger than the memory.

    Parameters
    ----------
    among
        Growing positions of the rows to sample from; None: all.
    window
        Sample whole stretches of so many rows, so that it can be told how much they differ among
        themselves.

    Returns
    -------
    DataFrame
        Its index holds the places of the rows in time, from 0.
    """
    among = np.arange(len(rows), dtype=np.int64) if among is None else among
    chosen = _chosen(len(among), most, window, plan.problem.seed)
    names = [name for name in _columns(plan) if name in rows.names]
    taken = rows.take(among[_time_order(rows, among, plan.problem)[chosen]], names)
    dates = [name for name in names if plan.roles[name] == "datetime"]
    return taken.assign(**{name: moments(taken[name]) for name in dates}).set_axis(chosen)


def _columns(plan: Plan) -> list[str]:
    return [column for column, role in plan.roles.items() if role not in _NO_FEATURES]


def _time_order(rows: StoredRows, among: NDArray[np.int64], problem: Problem) -> NDArray[np.int64]:
    """Of the rows that are sampled from, the older ones first."""
    if problem.time is not None and problem.time in rows.names:
        times = rows.columns([problem.time]).iloc[among]
        if times[problem.time].notna().any():
            return oldest_first(times, problem)
    return np.arange(len(among), dtype=np.int64)


def _chosen(total: int, rows: int, window: int | None, seed: int) -> NDArray[np.int64]:
    """Growing positions of the sampled rows."""
    rng = np.random.default_rng(seed)
    positions = np.arange(total, dtype=np.int64)
    if total <= rows:
        return positions
    if window:
        stretches = -(-total // window)
        count = min(stretches, max(FEWEST_STRETCHES, rows // window))
        kept = np.sort(rng.choice(stretches, count, replace=False))
        positions = positions[np.isin(positions // window, kept)]
    return np.sort(rng.choice(positions, min(rows, len(positions)), replace=False))
