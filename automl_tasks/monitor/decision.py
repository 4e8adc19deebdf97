"""A decision, and the status that follows from the measurements. No input or output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.detectors import Verdict
from automl_tasks.monitor.domain import DomainResult
from automl_tasks.monitor.drift import ColumnDrift, DriftSummary
from automl_tasks.monitor.estimate import EstimatedPerformance
from automl_tasks.monitor.labels import LabelCoverage
from automl_tasks.monitor.payoff import Payoff
from automl_tasks.monitor.performance import LossComparison
from automl_tasks.monitor.predecessor import Predecessor
from automl_tasks.monitor.segments import SegmentSummary
from automl_tasks.problem import MonitorPolicy
from automl_tasks.store import digest_json

__all__ = [
    "Decision",
    "Status",
    "WindowResult",
    "decision_id",
    "helpless",
    "judge",
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
    minutes
        Budget of that search; None: the problem's.
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
    minutes: float | None = None
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
