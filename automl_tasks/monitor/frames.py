"""The raw feature columns that drift and its report compare, oldest row first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor.stretches import FEWEST_STRETCHES
from automl_tasks.search.ordering import oldest_first
from automl_tasks.serve.steps.values import moments

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.problem import Problem
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["feature_columns", "features_of", "reference_features", "sampled"]

# An id never repeats, a constant tells nothing.
_NO_FEATURES = ("id", "constant")


def reference_features(
    store: Store, plan: Plan, rows: int, *, window: int | None = None
) -> pd.DataFrame:
    """At most `rows` of the champion's training rows, feature columns only.

    Parameters
    ----------
    window
        As of `features_of`.
    """
    columns = [name for name in _columns(plan) if name != plan.problem.time]
    time = [plan.problem.time] if plan.problem.time else []
    frame = load_snapshot(store, plan.problem.name, plan.snapshot).read([*time, *columns])
    return features_of(frame, plan, rows, window=window)


def features_of(
    frame: pd.DataFrame, plan: Plan, rows: int, *, window: int | None = None
) -> pd.DataFrame:
    """At most `rows` rows of `frame` in the order of time, feature columns only.

    Only what is sampled is copied: a table may fill most of the memory.

    Parameters
    ----------
    window
        Sample whole stretches of so many rows, so that it can be told how much they differ among
        themselves.

    Returns
    -------
    DataFrame
        Its index holds the positions of the rows in time.
    """
    order = _time_order(frame, plan.problem)
    chosen = _chosen(len(frame), rows, window, plan.problem.seed)
    names = [name for name in _columns(plan) if name in frame.columns]
    taken = frame.iloc[order[chosen]][names].set_axis(chosen)
    dates = [name for name in names if plan.roles[name] == "datetime"]
    return taken.assign(**{name: moments(taken[name]) for name in dates})


def feature_columns(frame: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Columns that the champion may use, all rows in the order of time."""
    return features_of(frame, plan, len(frame))


def sampled(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """A random sample that is the same each time, in the order of the frame."""
    if len(frame) <= rows:
        return frame
    return frame.iloc[_chosen(len(frame), rows, None, seed)]


def _columns(plan: Plan) -> list[str]:
    return [column for column, role in plan.roles.items() if role not in _NO_FEATURES]


def _time_order(frame: pd.DataFrame, problem: Problem) -> NDArray[np.int64]:
    if problem.time not in frame.columns or frame[problem.time].isna().all():
        return np.arange(len(frame), dtype=np.int64)
    return oldest_first(frame, problem)


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
