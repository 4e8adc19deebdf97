"""Checks that need more than a suite knows: the published snapshot, or a count for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl_tasks.errors import DataError
from automl_tasks.ingest import Snapshot, current_snapshot
from automl_tasks.problem import Problem
from automl_tasks.store import Store
from automl_tasks.validate.infer import class_counts
from automl_tasks.validate.result import Failure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_classes", "check_freshness"]


def check_classes(target: pd.Series[Any], problem: Problem) -> list[Failure]:
    """Warn of classes with one member: they are either in training or in the check, not both."""
    counts = class_counts(target, problem)
    if counts is None or len(counts) < 2:
        return []
    return [
        Failure(
            expectation="classes_have_two_members",
            column=problem.target,
            severity="warning",
            observed="1 row",
            message=f"column {problem.target!r}: class {value!r} has a single row; "
            "it can be learned or checked, not both",
        )
        for value in sorted(counts.index[counts == 1].tolist(), key=str)
    ]


def check_freshness(snapshot: Snapshot, problem: Problem, store: Store) -> list[Failure]:
    """Warn when the newest row is older than that of the published snapshot."""
    try:
        before = current_snapshot(store, problem.name).manifest.time_range
    except DataError:
        return []
    now = snapshot.manifest.time_range
    if before is None or now is None or not _older(now[1], before[1]):
        return []
    return [
        Failure(
            expectation="data_are_as_fresh_as_before",
            column=problem.time,
            severity="warning",
            observed=now[1],
            message=f"column {problem.time!r}: the newest row is of {now[1]}, "
            f"older than the published snapshot's {before[1]}",
        )
    ]


def _older(now: str, before: str) -> bool:
    try:
        return float(now) < float(before)
    except ValueError:  # ISO dates sort as texts
        return now < before
