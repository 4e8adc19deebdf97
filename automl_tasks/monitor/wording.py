"""Decisions in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tasks.monitor.decision import Decision, WindowResult, helpless
from automl_tasks.monitor.drift import DriftSummary
from automl_tasks.monitor.labels import LabelCoverage
from automl_tasks.monitor.payoff import Payoff
from automl_tasks.monitor.performance import LossComparison
from automl_tasks.monitor.permission import Permission
from automl_tasks.monitor.segments import SegmentSummary
from automl_tasks.problem import MonitorPolicy

__all__ = [
    "coverage_words",
    "drift_words",
    "payoff_words",
    "segment_words",
    "sentence",
    "window_words",
]

_METRICS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "log_loss": "log loss",
    "roc_auc": "ROC AUC",
}
_ORDINALS = ("", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_NAMED_COLUMNS = 3
_MOST = 1000  # per cent that are told


def sentence(decision: Decision, permission: Permission) -> str:
    """What was found and what follows, for example.

    RMSE on the 744 rows of 2012-01 rose from 41.2 to 58.3 (loss +41 %; with 95 % confidence at
    least +32 %; 10 % is tolerated); retraining. Drifted columns: 'temp' (1 of 12).
    """
    policy, words = decision.thresholds, []
    found = [payoff_words(decision.payoff, policy), _predecessor_words(decision)]
    if decision.windows:
        window = window_words(decision.metric or "", decision.windows[0], policy)
        seen = [window, _in_a_row(decision.windows), _due_words(decision)]
        # The reason for a search comes first: "RMSE fell; retraining" would read as a mistake.
        pays = decision.payoff is not None and decision.payoff.pays
        found = [*found, *seen] if pays and not decision.windows[0].violates else [*seen, *found]
    if any(found):
        found.append(_consequence(decision, permission))
        words.append("; ".join(filter(None, found)) + ".")
    coverage, unknown = decision.coverage, decision.status == "unknown"
    if coverage and (unknown or coverage.share < 1 or coverage.revised):
        needed = f"; {policy.min_rows:,} are needed to judge" if unknown else ""
        words.append(f"{coverage_words(coverage)}{needed}.")
    if decision.drift and decision.drift.drifted:
        words.append(drift_words(decision.drift))
    if decision.segments and decision.segments.worst and decision.status != "stable":
        words.append(segment_words(decision.segments))
    return _capitalised(" ".join(words))


def _due_words(decision: Decision) -> str:
    """What a detector other than the default said."""
    verdict = decision.windows[0].verdict
    return verdict.words if verdict and decision.thresholds.detector != "sequential" else ""


def _in_a_row(windows: Sequence[WindowResult]) -> str:
    """How many windows in a row are worse than tolerated, from the second on."""
    count = next((i for i, each in enumerate(windows) if not each.violates), len(windows))
    if count < 2:
        return ""
    nth = _ORDINALS[count] if count < len(_ORDINALS) else f"{count}th"
    return f"{nth} window in a row"


def _predecessor_words(decision: Decision) -> str:
    before = decision.predecessor
    if before is None or not before.better:
        return ""
    saved = f"{100 * before.saving.share:.0f} %"
    return f"version {before.version} would have lost {saved} less on the same rows"


def _consequence(decision: Decision, permission: Permission) -> str:
    if decision.rollback_to is not None:
        return f"version {decision.rollback_to} is champion again"
    if decision.minutes is not None:
        return f"{permission.because} for {decision.minutes:g} minutes, its models with fresh rows"
    if decision.status == "degraded":
        return permission.because
    if decision.status == "suspected":
        return _doubt(decision)
    return "no judgement" if decision.status == "unknown" else "the champion stays"


def _doubt(decision: Decision) -> str:
    """Why a suspicion starts no search."""
    if helpless(decision.payoff, decision.thresholds):
        return "no search, for it would not help"
    if decision.windows and decision.windows[0].violates:
        return f"a search needs {decision.thresholds.windows} such windows in a row"
    return "not certain enough for a search"


def payoff_words(payoff: Payoff | None, policy: MonitorPolicy) -> str:
    """What a retrain would save."""
    if payoff is None or payoff.pays is None:
        return ""
    if payoff.abrupt:
        lost = f"{100 * (payoff.newest or 0.0):.0f} %"
        return f"not knowing the newest rows costs {lost} of the usual loss on them"
    if payoff.pays:
        lost = f"{100 * payoff.lost:.0f} %"
        return f"waiting since the champion was trained has cost {lost} of one window's loss"
    if helpless(payoff, policy):
        return "a quick model that has learned the newest rows does no better on them"
    return ""


def window_words(metric: str, window: WindowResult, policy: MonitorPolicy) -> str:
    """How a window compares with the champion's holdout."""
    measured, name = window.comparison, _METRICS.get(metric, metric.replace("_", " "))
    rows = f"the newest {measured.rows:,} labelled rows"
    if window.name:
        rows = f"the {measured.rows:,} rows of {window.name}"
    before, after = window.reference_score, window.score
    if before is None or after is None or measured.increase is None:
        words = f"{name} is not defined on {rows}"
    else:
        words = f"{name} on {rows} {_moved(before, after)} ({_increase_words(measured, policy)})"
    if window.new_classes:
        words += f"; {window.new_classes:,} more have a label that the champion has never seen"
    return words


def _increase_words(measured: LossComparison, policy: MonitorPolicy) -> str:
    """The increase of the loss, how certain it is, and what is tolerated."""
    increase, least = measured.increase or 0.0, measured.increase_at_least
    words = [f"loss {_percent(increase)}"]
    with_confidence = f"with {100 * policy.confidence:g} % confidence"
    if least is not None and least > 0:
        words.append(f"{with_confidence} at least {_percent(least)}")
    elif measured.increase_interval is not None and increase > policy.tolerance:
        low, high = map(_percent, measured.increase_interval)
        words.append(f"that is not certain, {with_confidence} between {low} and {high}")
    if increase > 0:
        words.append(f"{100 * policy.tolerance:g} % is tolerated")
    return "; ".join(words)


def _moved(before: float, after: float) -> str:
    if f"{before:.4g}" == f"{after:.4g}":
        return f"stayed at {after:.4g}"
    return f"{'rose' if after > before else 'fell'} from {before:.4g} to {after:.4g}"


def _percent(share: float) -> str:
    # A loss of nearly nothing may rise without bound.
    return f"over +{_MOST} %" if 100 * share > _MOST else f"{100 * share:+.0f} %"


def coverage_words(coverage: LabelCoverage) -> str:
    """How many predictions have their label, and what became of the others."""
    words = f"{coverage.labelled:,} of {coverage.predicted:,} predicted rows have their label"
    reasons = {
        "wait for it": coverage.waiting,
        "have none": coverage.missing,
        "have two different ones": coverage.contradictory,
        "had another one before": coverage.revised,
    }
    listed = [f"{rows:,} {reason}" for reason, rows in reasons.items() if rows]
    return words + (f" ({', '.join(listed)})" if listed else "")


def drift_words(drift: DriftSummary) -> str:
    """Which columns drifted; at most three by name."""
    named = ", ".join(repr(column) for column in drift.drifted[:_NAMED_COLUMNS])
    others = len(drift.drifted) - _NAMED_COLUMNS
    more = f" and {others} more" if others > 0 else ""
    return f"Drifted columns: {named}{more} ({len(drift.drifted)} of {len(drift.columns)})."


def segment_words(segments: SegmentSummary) -> str:
    """Where it got worse most; empty when no slice stands out."""
    if not segments.worst:
        return ""
    worst = segments.worst[0]
    before = "" if worst.reference_loss is None else f" (before: {worst.reference_loss:.3g})"
    return (
        f"Worst where {worst.column!r} is {worst.level!r}, {worst.rows:,} rows: "
        f"{segments.loss} {worst.loss:.3g}{before}, {worst.rest_loss:.3g} in the other rows."
    )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
