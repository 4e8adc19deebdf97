"""Gathers what a decision rests on: windows with labels, and the features of the newest rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from automl_tasks.monitor.decision import WindowResult
from automl_tasks.monitor.drift import DriftSummary, measure_drift
from automl_tasks.monitor.frames import feature_columns, reference_features, sampled
from automl_tasks.monitor.identity import known_rows
from automl_tasks.monitor.labels import Coverage, join_labels
from automl_tasks.monitor.maturity import label_table, newest_mature_time
from automl_tasks.monitor.performance import Sample, compare
from automl_tasks.monitor.samples import holdout_sample, window_sample
from automl_tasks.monitor.windows import Window, cut_windows

if TYPE_CHECKING:
    from automl_tasks.ingest import Snapshot
    from automl_tasks.problem import MonitorPolicy, Problem
    from automl_tasks.search import Plan
    from automl_tasks.search.measure import Measure
    from automl_tasks.store import Store

__all__ = ["Evidence", "collect", "measure_newest_drift", "measure_window", "measure_windows"]

_DRIFT_ROWS = 20_000


@dataclass(frozen=True)
class Evidence:
    """What is known about a champion, before it is judged.

    Attributes
    ----------
    windows
        Newest first, as many as the policy looks at.
    arrivals
        Newest arrivals, labelled or not.
    newest
        Raw rows of `arrivals`.
    """

    windows: list[Window]
    coverage: Coverage
    arrivals: tuple[str, ...]
    newest: pd.DataFrame

    @property
    def identity(self) -> list[Any]:
        """JSON that changes when rows arrive or labels mature."""
        ends = [(window.batches, len(window.frame), window.name) for window in self.windows]
        return [self.arrivals, ends]

    @property
    def digest(self) -> str:
        """SHA-256 of the labelled predictions that are judged."""
        digest = hashlib.sha256()
        for window in self.windows:
            judged = window.frame.drop(columns=["scored_at", "position"])
            digest.update(pd.util.hash_pandas_object(judged, index=False).to_numpy().tobytes())
        return digest.hexdigest()


def collect(
    problem: Problem, snapshot: Snapshot, log: pd.DataFrame, now: datetime | None
) -> Evidence:
    """Join the log of a champion's predictions with the labels in a snapshot."""
    frame = snapshot.read()
    ids = known_rows(frame, problem)
    labels = label_table(frame, ids, problem)
    labelled = join_labels(log, labels, known_before=newest_mature_time(frame, problem, now))
    windows = cut_windows(labelled.frame, problem.monitor.min_rows)
    newest = labels.merge(log[["row_id", "batch"]], on="row_id")
    arrived = cut_windows(newest, problem.monitor.min_rows)[-1:]
    rows = {row for window in arrived for row in window.frame["row_id"]}
    return Evidence(
        windows=windows[::-1][: problem.monitor.windows],
        coverage=labelled.coverage,
        arrivals=tuple(batch for window in arrived for batch in window.batches),
        newest=frame[ids.isin(rows)],
    )


def measure_windows(
    evidence: Evidence, store: Store, plan: Plan, policy: MonitorPolicy
) -> list[WindowResult]:
    """Compare every window with the champion's holdout, newest first."""
    from automl_tasks.search import load_candidate

    reference = holdout_sample(store, plan)
    candidate = load_candidate(store, plan.problem.name, plan.run)
    measure = plan.measure.decided(candidate.labelling)
    return [measure_window(window, reference, measure, plan, policy) for window in evidence.windows]


def measure_window(
    window: Window, reference: Sample, measure: Measure, plan: Plan, policy: MonitorPolicy
) -> WindowResult:
    """Compare a window with the champion's holdout; too few rows are unknown.

    Parameters
    ----------
    measure
        With the champion's decision.
    """
    from automl_tasks.search.metrics import loss, score_of_loss

    sample, new_classes = window_sample(window.frame, plan)
    comparison = compare(
        sample,
        reference,
        partial(loss, measure),
        confidence=policy.confidence,
        seed=plan.problem.seed,
    )
    bound = comparison.increase_at_least
    enough = len(sample) >= policy.min_rows and bound is not None
    times = window.frame["time"].dropna()
    return WindowResult(
        batches=window.batches,
        name=window.name,
        start=None if times.empty else str(times.iloc[0]),
        end=None if times.empty else str(times.iloc[-1]),
        comparison=comparison,
        score=None if comparison.loss is None else score_of_loss(measure, comparison.loss),
        reference_score=None
        if comparison.reference_loss is None
        else score_of_loss(measure, comparison.reference_loss),
        new_classes=new_classes,
        violates=bool(bound > policy.tolerance) if enough and bound is not None else None,
    )


def measure_newest_drift(evidence: Evidence, store: Store, plan: Plan) -> DriftSummary:
    """Compare the features of the newest rows with those that the champion was trained on."""
    current = sampled(feature_columns(evidence.newest, plan), _DRIFT_ROWS, plan.problem.seed)
    return measure_drift(reference_features(store, plan, _DRIFT_ROWS), current)
