"""What follows from the measurements: a status, and whether a search starts. No input or output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.drift import DriftSummary
from automl_tasks.monitor.labels import Coverage
from automl_tasks.monitor.performance import Comparison
from automl_tasks.problem import MonitorPolicy
from automl_tasks.store import digest_json

__all__ = [
    "Decision",
    "Permission",
    "Status",
    "WindowResult",
    "decision_id",
    "judge",
    "may_retrain",
]

Status = Literal["stable", "suspected", "degraded", "unknown"]


class WindowResult(BaseModel):
    """One window: which rows, and how they compare with the champion's holdout.

    Attributes
    ----------
    batches
        Ids of the snapshots in which the rows arrived, oldest first.
    name
        What a person calls it, such as ``2012-01``; empty without dates.
    start, end
        First and last time, ISO 8601; None without dates.
    score, reference_score
        In the metric's own direction.
    new_classes
        Rows whose label the champion has never seen; they are left out of the comparison.
    violates
        The loss rose by more than the tolerance, with the policy's confidence; None: unknown.
    """

    model_config = ConfigDict(frozen=True)

    batches: tuple[str, ...]
    name: str
    start: str | None
    end: str | None
    comparison: Comparison
    score: float | None = None
    reference_score: float | None = None
    new_classes: int = 0
    violates: bool | None = None


class Decision(BaseModel):
    """A stored decision of the monitor. Aggregates only: no rows, no row ids.

    Attributes
    ----------
    id
        Hash of what was decided on, so that the same window decided twice is one decision.
    run_id
        Id of the search that the decision starts; None when it starts none.
    sentence
        The decision and its reason in plain words.
    windows
        Newest first, as many as the policy looks at.
    arrivals
        Newest arrivals, labelled or not, whose features `drift` compares.
    thresholds
        The policy that was applied.
    inputs
        Digest of the labelled predictions that were judged.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    problem: str
    status: Status
    retrain: bool
    run_id: str | None
    sentence: str
    created_at: str
    snapshot: str
    champion_version: int | None
    champion_run: str | None
    metric: str | None
    windows: list[WindowResult]
    coverage: Coverage | None
    arrivals: tuple[str, ...]
    drift: DriftSummary | None
    thresholds: MonitorPolicy
    inputs: str

    @property
    def batch(self) -> str | None:
        """The newest arrival that was judged."""
        return self.windows[0].batches[-1] if self.windows else None


def decision_id(name: str, version: int | None, policy: MonitorPolicy, evidence: Any) -> str:
    """Id of a decision: 16 hex digits of what it is about.

    Parameters
    ----------
    evidence
        JSON that names the judged rows: it changes when a window ends or more labels mature.
    """
    return digest_json([name, version, policy.model_dump(mode="json"), evidence])[:16]


def judge(windows: Sequence[WindowResult], policy: MonitorPolicy) -> Status:
    """Status of a champion.

    ``suspected`` when the loss certainly rose, but not certainly, or not often enough in a row,
    by more than the tolerance.

    Parameters
    ----------
    windows
        Newest first.
    """
    if not windows or windows[0].violates is None:
        return "unknown"
    in_a_row = [window.violates for window in windows[: policy.windows]]
    if len(in_a_row) == policy.windows and all(in_a_row):
        return "degraded"
    measured = windows[0].comparison
    rose = (measured.increase_at_least or 0.0) > 0 and (measured.increase or 0.0) > policy.tolerance
    return "suspected" if windows[0].violates or rose else "stable"


@dataclass(frozen=True)
class Permission:
    """Whether a search may start.

    Attributes
    ----------
    because
        Reason in plain words, such as ``search drift__1 was already started for it``.
    """

    granted: bool
    because: str


def may_retrain(
    policy: MonitorPolicy,
    past: Sequence[Decision],
    *,
    version: int | None,
    snapshot: str,
    batch: str | None,
    now: datetime,
) -> Permission:
    """Whether a degraded champion starts a search now.

    At most one search per champion and snapshot, and per champion and newest judged arrival: the
    same rows would give the same search.

    Parameters
    ----------
    past
        Earlier decisions of the problem, in any order.
    now
        Time of this decision, with a time zone.
    """
    if policy.mode != "enabled":
        return Permission(False, f"the monitor's mode is {policy.mode}, so no search starts")
    started = [each for each in past if each.retrain]
    for each in started:
        same = each.snapshot == snapshot or each.batch == batch
        if each.champion_version == version and same:
            return Permission(False, f"search {each.run_id} was already started for it")
    pause = timedelta(hours=policy.cooldown_hours)
    for each in started:
        if pause and now - datetime.fromisoformat(each.created_at) < pause:
            return Permission(
                False,
                f"search {each.run_id} started less than {policy.cooldown_hours:g} hours ago, "
                "so none starts now",
            )
    return Permission(True, "retraining")
