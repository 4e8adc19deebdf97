"""Gathers what a decision rests on: windows with labels, and the features of the newest rows."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl_tasks.monitor.decision import WindowResult
from automl_tasks.monitor.deliveries import all_deliveries
from automl_tasks.monitor.detectors import WindowLoss, block_losses, make_detector
from automl_tasks.monitor.identity import stored_ids
from automl_tasks.monitor.labels import LabelCoverage, join_labels
from automl_tasks.monitor.maturity import (
    as_clock,
    label_table,
    newest_mature_time,
    told_columns,
)
from automl_tasks.monitor.performance import LossComparison, Sample, compare
from automl_tasks.monitor.samples import holdout_sample, measure_of_samples, window_sample
from automl_tasks.monitor.stored_rows import StoredRows
from automl_tasks.monitor.windows import Window, cut_by_rows, cut_by_time, cut_windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.ingest import Snapshot
    from automl_tasks.monitor.detectors import BlockLosses, Detector
    from automl_tasks.problem import MonitorPolicy, Problem
    from automl_tasks.search import Candidate, Plan
    from automl_tasks.store import Store

__all__ = ["Observations", "collect", "measure_windows"]

_LONGEST = 32  # windows that a detector sees


@dataclass(frozen=True)
class Observations:
    """What is known about a champion, before it is judged.

    Attributes
    ----------
    windows
        Newest first, as many as the policy looks at.
    past
        The windows before them, newest first.
    arrivals
        Newest arrivals, labelled or not.
    newest
        Growing positions of the rows of `arrivals` in `rows`.
    arrived, unlabelled
        Their predictions, from the log, and those among them that have no label yet.
    rows, ids, until
        The snapshot, its row ids, and the time until which its labels have matured (None: all).
    judged
        Ids of all labelled predictions, in the order of time.
    """

    windows: list[Window]
    past: list[Window]
    coverage: LabelCoverage
    arrivals: tuple[str, ...]
    newest: NDArray[np.int64]
    arrived: pd.DataFrame
    unlabelled: pd.DataFrame
    rows: StoredRows
    ids: pd.Series
    until: pd.Timestamp | None
    judged: list[str]

    @property
    def identity(self) -> list[Any]:
        """JSON that changes when rows arrive or labels mature."""
        return [self.arrivals, [window.batches for window in self.windows], self.digest]

    @property
    def digest(self) -> str:
        """SHA-256 of the labelled predictions that are judged."""
        digest = hashlib.sha256()
        for window in self.windows:
            judged = window.frame.drop(columns=["scored_at", "position"])
            digest.update(pd.util.hash_pandas_object(judged, index=False).to_numpy().tobytes())
        return digest.hexdigest()


def collect(
    problem: Problem, store: Store, snapshot: Snapshot, log: pd.DataFrame, now: datetime | None
) -> Observations:
    """Join the log of a champion's predictions with the labels in a snapshot."""
    rows = StoredRows(snapshot)
    frame, ids = rows.columns(told_columns(problem)), stored_ids(rows, problem)
    labels = label_table(frame, ids, problem)
    labels = labels[labels["row_id"].isin(log["row_id"])]
    until = newest_mature_time(frame, problem, now)
    told = all_deliveries(store, problem.name, snapshot.id, labels, log["row_id"])
    labelled = join_labels(log, told, known_before=until)
    timed = log if "time" in log else log.assign(time=pd.Series(pd.NaT, index=log.index))
    windows = _cut(problem.monitor, labelled.frame, timed, now)[::-1]
    newest = cut_windows(timed, problem.monitor.min_rows)[-1:]
    arrived = {row for window in newest for row in window.frame["row_id"]}
    known = set(labelled.frame["row_id"])
    shown = problem.monitor.windows
    return Observations(
        windows=windows[:shown],
        past=windows[shown:],
        coverage=labelled.coverage,
        arrivals=tuple(batch for window in newest for batch in window.batches),
        newest=np.flatnonzero(ids.isin(arrived)),
        arrived=log[log["row_id"].isin(arrived)],
        unlabelled=log[log["row_id"].isin(arrived - known)],
        rows=rows,
        ids=ids,
        until=until,
        judged=labelled.frame.sort_values(["time", "position"], kind="stable")["row_id"].tolist(),
    )


def _cut(
    policy: MonitorPolicy, labelled: pd.DataFrame, log: pd.DataFrame, now: datetime | None
) -> list[Window]:
    """Windows of labelled rows, oldest first, as the policy wants them cut."""
    if policy.window_rows is None and policy.window_hours is None:
        return cut_windows(labelled, policy.min_rows)
    # Rows without a label hold their place: a late label must not move every later window.
    if policy.window_rows is not None:
        cut = cut_by_rows(log, policy.window_rows)
    else:
        until, times = None, log["time"]
        if pd.api.types.is_datetime64_any_dtype(times) and times.notna().any():
            # A row from the future must not end hours that have not passed.
            until = min(times.max(), as_clock(now or datetime.now(UTC), times))
        cut = cut_by_time(log, float(policy.window_hours or 0.0), policy.min_rows, until)
    found = []
    for window in cut:
        rows = labelled[labelled["row_id"].isin(window.frame["row_id"])]
        if window.complete and len(rows):
            ordered = rows.sort_values(["time", "position"], kind="stable", na_position="first")
            found.append(Window(window.batches, ordered.reset_index(drop=True)))
    return found


def measure_windows(
    observed: Observations,
    store: Store,
    plan: Plan,
    policy: MonitorPolicy,
    searched: Collection[str] = (),
) -> list[WindowResult]:
    """Compare every window with the champion's holdout, newest first.

    Parameters
    ----------
    searched
        Arrivals after which a search was started.

    Raises
    ------
    ProblemError
        When the policy's detector has no such options.
    """
    from automl_tasks.search import load_candidate

    candidate = load_candidate(store, plan.problem.name, plan.run)
    reference = holdout_sample(store, plan, candidate)
    detector = make_detector(policy.detector, detector_options(policy), where=plan.problem.name)
    looked_at = _Looked(reference, candidate, plan, policy, frozenset(searched))
    history = looked_at.back(observed.past[::-1])
    found: list[WindowResult] = []
    for window in observed.windows[::-1]:
        result, loss = looked_at.closely(window)
        history.append(loss)
        found.append(_judged(result, detector, history, policy))
    return found[::-1]


def detector_options(policy: MonitorPolicy) -> dict[str, Any]:
    """What the problem file says of the detector, with the policy's tolerance where it has one."""
    options = dict(policy.detector_options)
    if policy.detector == "sequential":
        options = {"tolerance": policy.tolerance, "false_alarm": 1 - policy.confidence} | options
    return options


def _judged(
    result: WindowResult, detector: Detector, history: list[WindowLoss], policy: MonitorPolicy
) -> WindowResult:
    if result.comparison.rows < policy.min_rows or result.comparison.loss is None:
        return result
    verdict = detector.judge(history)
    return result.model_copy(update={"violates": verdict.violates, "verdict": verdict})


class _Looked:
    """Windows beside the champion's holdout, whose blocks are computed once."""

    def __init__(
        self,
        reference: Sample,
        candidate: Candidate,
        plan: Plan,
        policy: MonitorPolicy,
        searched: frozenset[str],
    ) -> None:
        from automl_tasks.search.metrics import loss

        self._reference, self._candidate = reference, candidate
        self._measure = measure_of_samples(plan, candidate)
        self._plan, self._policy, self._searched = plan, policy, searched
        self._loss = partial(loss, self._measure)
        self._blocks = block_losses(reference, self._loss)

    def closely(self, window: Window) -> tuple[WindowResult, WindowLoss]:
        """With the bootstrap of the difference."""
        sample, new_classes = window_sample(window.frame, self._plan, self._candidate)
        comparison = self._compared(sample)
        times = window.frame["time"].dropna()
        result = WindowResult(
            batches=window.batches,
            name=window.name,
            start=None if times.empty else str(times.iloc[0]),
            end=None if times.empty else str(times.iloc[-1]),
            comparison=comparison,
            score=self._score(comparison.loss),
            reference_score=self._score(comparison.reference_loss),
            new_classes=new_classes,
        )
        return result, self._of(window, comparison, block_losses(sample, self._loss))

    def back(self, windows: list[Window]) -> list[WindowLoss]:
        """As much as the detector needs of windows that were looked at before, oldest first."""
        found = []
        for age, window in zip(range(len(windows), 0, -1), windows, strict=True):
            # A calendar counts all windows and looks into none.
            sample = self._sample(window) if age <= _LONGEST else None
            rows = {"rows": len(window.frame), "reference_rows": len(self._reference)}
            comparison = LossComparison(**rows)
            if sample is not None and self._policy.detector == "n_of_m":
                comparison = self._compared(sample)
            blocks = None if sample is None else block_losses(sample, self._loss)
            found.append(self._of(window, comparison, blocks))
        return found

    def _sample(self, window: Window) -> Sample | None:
        if self._policy.detector == "calendar":
            return None
        return window_sample(window.frame, self._plan, self._candidate)[0]

    def _compared(self, sample: Sample) -> LossComparison:
        return compare(
            sample,
            self._reference,
            self._loss,
            confidence=self._policy.confidence,
            seed=self._plan.problem.seed,
        )

    def _score(self, loss: float | None) -> float | None:
        from automl_tasks.search.metrics import score_of_loss

        return None if loss is None else score_of_loss(self._measure, loss)

    def _of(
        self, window: Window, comparison: LossComparison, blocks: BlockLosses | None
    ) -> WindowLoss:
        start, end = _ends(window)
        return WindowLoss(
            comparison,
            blocks,
            self._blocks,
            self._policy.confidence,
            start,
            end,
            searched=bool(self._searched & set(window.batches)),
        )


def _ends(window: Window) -> tuple[datetime | None, datetime | None]:
    times = window.frame["time"].dropna()
    if times.empty or not pd.api.types.is_datetime64_any_dtype(times):
        return None, None
    return times.min().to_pydatetime(), times.max().to_pydatetime()
