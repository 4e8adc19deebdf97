"""What follows from the measurements: a status, and whether a search starts. No input or output."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.detectors import Verdict
from automl_tasks.monitor.domain import DomainResult
from automl_tasks.monitor.drift import ColumnDrift, DriftSummary
from automl_tasks.monitor.estimate import EstimatedPerformance
from automl_tasks.monitor.labels import LabelCoverage
from automl_tasks.monitor.payoff import Payoff, in_pace
from automl_tasks.monitor.performance import LossComparison
from automl_tasks.monitor.predecessor import Predecessor
from automl_tasks.monitor.segments import SegmentSummary
from automl_tasks.problem import MonitorPolicy
from automl_tasks.store import digest_json

__all__ = [
    "Decision",
    "Permission",
    "Status",
    "WindowResult",
    "decision_id",
    "helpless",
    "judge",
    "may_retrain",
]

_MONTH = timedelta(days=30)
_LONGEST_WAIT = 8  # arrivals after searches that were in vain

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
        The loss rose by more than the tolerance, says the policy's detector; None: unknown.
    verdict
        What the detector said.
    """

    model_config = ConfigDict(frozen=True)

    batches: tuple[str, ...]
    name: str
    start: str | None
    end: str | None
    comparison: LossComparison
    score: float | None = None
    reference_score: float | None = None
    new_classes: int = 0
    violates: bool | None = None
    verdict: Verdict | None = None


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
    payoff
        Whether a retrain would pay; None where it was not measured.
    turn
        Arrivals that were judged so far, of this champion and of earlier ones.
    segments
        Slices of the newest window that got worse.
    estimate
        Of the newest arrivals, while their labels are missing. Advisory.
    predictions
        Whether the champion answers differently than on its holdout. Advisory.
    domain
        Whether a classifier tells the newest rows from those of the training. Advisory.
    predecessor
        The version before a young champion, on the same rows.
    rollback_to
        Version that becomes champion again by this decision; None: no rollback.
    notes
        What could not be measured, and why.
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
    coverage: LabelCoverage | None
    arrivals: tuple[str, ...]
    drift: DriftSummary | None
    thresholds: MonitorPolicy
    inputs: str
    payoff: Payoff | None = None
    turn: int = 0
    segments: SegmentSummary | None = None
    estimate: EstimatedPerformance | None = None
    predictions: ColumnDrift | None = None
    domain: DomainResult | None = None
    predecessor: Predecessor | None = None
    rollback_to: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def batch(self) -> str | None:
        """The newest arrival that was judged, or else that there is."""
        judged = self.windows[0].batches if self.windows else self.arrivals
        return judged[-1] if judged else None


def decision_id(name: str, version: int | None, policy: MonitorPolicy, evidence: Any) -> str:
    """Id of a decision: 16 hex digits of what it is about.

    Parameters
    ----------
    evidence
        JSON that names the judged rows: it changes when a window ends or more labels mature.
    """
    return digest_json([name, version, policy.model_dump(mode="json"), evidence])[:16]


def judge(
    windows: Sequence[WindowResult], policy: MonitorPolicy, payoff: Payoff | None = None
) -> Status:
    """Status of a champion.

    ``degraded`` when a retrain would pay, or when the loss rose for certain and nothing shows that
    a retrain would not help; ``suspected`` when the loss certainly rose, but not certainly, or not
    often enough in a row, by more than the tolerance, or when a model of the newest rows does no
    better on them.

    Parameters
    ----------
    windows
        Newest first.
    """
    if payoff is not None and payoff.pays and payoff.windows >= policy.windows - 1:
        return "degraded"
    status = _by_loss(windows, policy)
    # A calendar is due whatever the loss is.
    vetoed = policy.detector != "calendar" and helpless(payoff, policy)
    return "suspected" if status == "degraded" and vetoed else status


def helpless(payoff: Payoff | None, policy: MonitorPolicy) -> bool:
    """Whether a model that knows half of the newest window is hardly better on the other half."""
    most = None if payoff is None else payoff.newest_at_most
    return most is not None and most < policy.tolerance


def _by_loss(windows: Sequence[WindowResult], policy: MonitorPolicy) -> Status:
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
    turn: int,
    now: datetime,
    running: Collection[str] = (),
) -> Permission:
    """Whether a degraded champion starts a search now.

    At most one search per champion and snapshot, and per champion and newest judged arrival: the
    same rows would give the same search. None beside one that is running, which nobody can call in
    vain yet. After one in vain the next waits for two arrivals, then for four. No more than the
    policy allows in a month, and two on any five arrivals.

    Parameters
    ----------
    past
        Earlier decisions of the problem, in any order.
    turn
        Arrivals that were judged so far.
    now
        Time of this decision, with a time zone.
    running
        Ids of the searches that have not ended.
    """
    started = sorted(
        (each for each in past if each.retrain), key=lambda each: each.created_at, reverse=True
    )
    if policy.mode != "enabled":
        return Permission(False, f"the monitor's mode is {policy.mode}, so no search starts")
    reasons = (
        _same_rows(started, version, snapshot, batch),
        _not_ended(started, running),
        _too_soon(policy, started, now),
        _in_vain(started, version, turn),
        _too_often(started, turn),
    )
    because = next(filter(None, reasons), None)
    return Permission(because is None, because or "retraining")


def _same_rows(
    started: Sequence[Decision], version: int | None, snapshot: str, batch: str | None
) -> str | None:
    for each in started:
        same = each.snapshot == snapshot or (batch is not None and each.batch == batch)
        if each.champion_version == version and same:
            return f"search {each.run_id} was already started for it"
    return None


def _not_ended(started: Sequence[Decision], running: Collection[str]) -> str | None:
    run = next((each.run_id for each in started if each.run_id in running), None)
    return f"search {run} has not ended yet, so none starts now" if run else None


def _too_soon(policy: MonitorPolicy, started: Sequence[Decision], now: datetime) -> str | None:
    ages = [now - datetime.fromisoformat(each.created_at) for each in started]
    if policy.cooldown_hours and ages and min(ages) < timedelta(hours=policy.cooldown_hours):
        run, hours = started[ages.index(min(ages))].run_id, policy.cooldown_hours
        return f"search {run} started less than {hours:g} hours ago, so none starts now"
    month = sum(age < _MONTH for age in ages)
    if month >= policy.searches_per_month:
        return f"{month} searches in 30 days are all that may start, so none starts now"
    return None


def _in_vain(started: Sequence[Decision], version: int | None, turn: int) -> str | None:
    """Searches that have not replaced this champion make the next one wait, longer each time."""
    vain = [each for each in started if each.champion_version == version and each.turn]
    if not vain:
        return None
    pause = min(1 << len(vain), _LONGEST_WAIT)
    left = pause - (turn - max(each.turn for each in vain))
    if left <= 0:
        return None
    arrivals = "one more arrival" if left == 1 else f"{left} more arrivals"
    return f"search {vain[0].run_id} has given no better champion: the next waits for {arrivals}"


def _too_often(started: Sequence[Decision], turn: int) -> str | None:
    if in_pace([each.turn for each in started if each.turn], turn):
        return None
    return "two searches on five arrivals are enough, so none starts now"
