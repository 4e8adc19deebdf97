"""Decisions in plain words."""

from __future__ import annotations

from automl_tasks.monitor.decision import Decision, Permission, WindowResult
from automl_tasks.monitor.drift import DriftSummary
from automl_tasks.monitor.labels import Coverage
from automl_tasks.monitor.performance import Comparison
from automl_tasks.problem import MonitorPolicy

__all__ = ["sentence"]

_METRICS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "log_loss": "log loss",
    "roc_auc": "ROC AUC",
}
_NAMED_COLUMNS = 3


def sentence(decision: Decision, permission: Permission) -> str:
    """What was found and what follows, for example.

    RMSE on the 744 rows of 2012-01 rose from 41.2 to 58.3 (loss +41 %; with 95 % confidence at
    least +32 %; 10 % is tolerated); retraining. Drifted columns: 'temp' (1 of 12).
    """
    policy, words = decision.thresholds, []
    if decision.windows:
        found = _window_words(decision.metric or "", decision.windows[0], policy)
        words.append(f"{found}; {_consequence(decision, permission)}.")
    if decision.coverage and (decision.status == "unknown" or decision.coverage.share < 1):
        words.append(_coverage_words(decision.coverage, policy, decision.status == "unknown"))
    if decision.drift and decision.drift.drifted:
        words.append(_drift_words(decision.drift))
    return _capitalised(" ".join(words))


def _consequence(decision: Decision, permission: Permission) -> str:
    if decision.status == "degraded":
        return permission.because
    if decision.status == "suspected" and decision.windows[0].violates:
        return f"a search needs {decision.thresholds.windows} such windows in a row"
    if decision.status == "suspected":
        return "not certain enough for a search"
    if decision.status == "unknown":
        return "no judgement"
    return "the champion stays"


def _window_words(metric: str, window: WindowResult, policy: MonitorPolicy) -> str:
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


def _increase_words(measured: Comparison, policy: MonitorPolicy) -> str:
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
    return f"{100 * share:+.0f} %"


def _coverage_words(coverage: Coverage, policy: MonitorPolicy, unknown: bool) -> str:
    words = f"{coverage.labelled:,} of {coverage.predicted:,} predicted rows have their label"
    reasons = {
        "wait for it": coverage.waiting,
        "have none": coverage.missing,
        "have two different ones": coverage.contradictory,
    }
    listed = [f"{rows:,} {reason}" for reason, rows in reasons.items() if rows]
    words += f" ({', '.join(listed)})" if listed else ""
    return words + (f"; {policy.min_rows:,} are needed to judge." if unknown else ".")


def _drift_words(drift: DriftSummary) -> str:
    named = ", ".join(repr(column) for column in drift.drifted[:_NAMED_COLUMNS])
    others = len(drift.drifted) - _NAMED_COLUMNS
    more = f" and {others} more" if others > 0 else ""
    return f"Drifted columns: {named}{more} ({len(drift.drifted)} of {len(drift.columns)})."


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
