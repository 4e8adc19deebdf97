"""A stored decision for a person or a page: what was decided, on what, and what happened next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.aftermath import Aftermath, aftermath
from automl_tasks.monitor.ledger import find_decision
from automl_tasks.monitor.segments import Segment, SegmentSummary
from automl_tasks.monitor.wording import coverage_words, window_words

if TYPE_CHECKING:
    from automl_tasks.monitor.decision import Decision, WindowResult
    from automl_tasks.store import Store

__all__ = ["Explanation", "Fact", "Section", "explain"]


class Fact(BaseModel):
    """A name and what is to be said of it."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str


class Section(BaseModel):
    """Facts under a heading."""

    model_config = ConfigDict(frozen=True)

    title: str
    facts: list[Fact]


class Explanation(BaseModel):
    """A decision as a page shows it. Text is plain, without markup: escape it.

    Attributes
    ----------
    sections
        What to show, in this order.
    report
        Path of Evidently's report; None when none was drawn.
    search
        What became of the search that was started; None when none was.
    decision
        The stored decision with all its numbers.
    """

    model_config = ConfigDict(frozen=True)

    problem: str
    id: str
    status: str
    retrain: bool
    sentence: str
    decided_at: str
    sections: list[Section]
    report: str | None
    search: Aftermath | None
    decision: dict[str, Any]


def explain(store: Store, name: str, given: str = "latest") -> Explanation:
    """Explain a stored decision of a problem.

    Parameters
    ----------
    given
        ``latest``, or the first digits of a decision's id.

    Raises
    ------
    DataError
        When there is no such decision, or more than one.
    """
    decision = find_decision(store, name, given)
    search = aftermath(store, decision)
    sections = {
        "What was measured": _measured(decision),
        "What a retrain would save": _payoff(decision),
        "Worst slices": _slices(decision),
        "Labels": _labels(decision),
        "Drift": [*_drift(decision), *_advice(decision)],
        "Not measured": [Fact(name="note", value=each) for each in decision.notes],
        "What it rests on": _grounds(decision),
        "Thresholds": _thresholds(decision),
        "What happened next": _next(search),
    }
    report = f"{name}/reports/{decision.id}.html"
    return Explanation(
        problem=name,
        id=decision.id,
        status=decision.status,
        retrain=decision.retrain,
        sentence=decision.sentence,
        decided_at=decision.created_at,
        sections=[Section(title=title, facts=facts) for title, facts in sections.items() if facts],
        report=str(store.path(report)) if store.exists(report) else None,
        search=search,
        decision=decision.model_dump(mode="json"),
    )


def _measured(decision: Decision) -> list[Fact]:
    facts = []
    for number, window in enumerate(decision.windows):
        name = window.name or ("newest rows" if number == 0 else f"{number} before")
        words = [window_words(decision.metric or "", window, decision.thresholds)]
        words += [f"{window.comparison.reference_rows:,} rows of its holdout", _interval(window)]
        facts.append(Fact(name=name, value="; ".join(filter(None, words))))
    return facts


def _interval(window: WindowResult) -> str:
    interval = window.comparison.increase_interval
    if interval is None:
        return ""
    low, high = (f"{100 * end:+.0f} %" for end in interval)
    return f"interval of the loss {low} to {high}"


def _slices(decision: Decision) -> list[Fact]:
    summary: SegmentSummary | None = getattr(decision, "segments", None)
    if summary is None:
        return []
    found = [
        Fact(name=f"{each.column}: {each.level}", value=_slice_words(each, summary))
        for each in summary.worst
    ]
    return found or [Fact(name="none", value=f"of {summary.tested} slices none stands out")]


def _slice_words(segment: Segment, summary: SegmentSummary) -> str:
    past = segment.reference_loss
    before = "" if past is None else f" ({past:.3g} in the holdout)"
    return (
        f"{summary.loss} {segment.loss:.3g} in {segment.rows:,} rows{before}, "
        f"{segment.rest_loss:.3g} in the other rows; {100 * segment.share:.0f} % of the loss"
    )


def _labels(decision: Decision) -> list[Fact]:
    coverage = decision.coverage
    if coverage is None:
        return [Fact(name="coverage", value="no predictions were judged")]
    words = f"{100 * coverage.share:.0f} %: {coverage_words(coverage)}"
    return [Fact(name="coverage", value=words)]


def _drift(decision: Decision) -> list[Fact]:
    drift = decision.drift
    if drift is None:
        return []
    facts = [
        Fact(name=each.column, value=f"effect {each.effect or 0:.2f}, p {each.adjusted or 0:.2g}")
        for each in drift.columns
        if each.drifted
    ]
    if drift.unknown:
        facts.append(Fact(name="not compared", value=", ".join(drift.unknown)))
    if not facts:
        facts = [Fact(name="none", value=f"none of {len(drift.columns)} columns drifted")]
    return facts


def _payoff(decision: Decision) -> list[Fact]:
    payoff = decision.payoff
    if payoff is None:
        return []
    windows = "1 window" if payoff.windows == 1 else f"{payoff.windows} windows"
    facts = {
        "lost by waiting": f"{100 * payoff.lost:.1f} % of one window's loss (measured on "
        f"{windows}, standard error {100 * payoff.lost_error:.1f} %)",
        "age alone": f"{payoff.age_errors:.1f} standard errors (2 are certain)",
        "rows": f"{payoff.growth:.2f} times the champion's",
    }
    if payoff.newest is not None and payoff.newest_error is not None:
        facts["knowing the newest rows"] = (
            f"saves {100 * payoff.newest:.0f} % of the usual loss "
            f"(standard error {100 * payoff.newest_error:.0f} %)"
        )
    facts["a retrain pays"] = {True: "yes", False: "no", None: "not known"}[payoff.pays]
    return [Fact(name=name, value=value) for name, value in facts.items()]


def _advice(decision: Decision) -> list[Fact]:
    facts = []
    if decision.predictions is not None and decision.predictions.drifted:
        words = f"differ from the holdout's, effect {decision.predictions.effect or 0:.2f}"
        facts.append(Fact(name="predictions", value=words))
    if decision.domain is not None and decision.domain.auc is not None:
        words = f"a classifier tells new rows from old ones with AUC {decision.domain.auc:.2f}"
        facts.append(Fact(name="all columns together", value=words))
    estimate = decision.estimate
    if estimate is not None and estimate.score is not None:
        words = (
            f"{estimate.metric} of the rows without a label is probably {estimate.score:.4g} "
            f"({estimate.reference_score:.4g} in the holdout). {estimate.caution}"
        )
        facts.append(Fact(name="estimate", value=words))
    return facts


def _grounds(decision: Decision) -> list[Fact]:
    version = decision.champion_version
    champion = "none" if version is None else f"version {version} of {decision.champion_run}"
    facts = {
        "decided": decision.created_at,
        "champion": champion,
        "snapshot": decision.snapshot,
        "inputs": decision.inputs[:16],
    }
    return [Fact(name=name, value=value) for name, value in facts.items() if value]


def _thresholds(decision: Decision) -> list[Fact]:
    given = decision.thresholds.model_dump(mode="json")
    return [Fact(name=name, value=str(value)) for name, value in given.items()]


def _next(search: Aftermath | None) -> list[Fact]:
    if search is None:
        return [Fact(name="search", value="none was started")]
    tried = "" if search.trials is None else f", {search.trials} trials"
    best = "" if search.best is None else f", best {search.metric} {search.best:.5g}"
    facts = {"search": f"{search.run}: {search.stage}{tried}{best}"}
    if search.version is not None:
        facts["challenger"] = f"version {search.version}"
    if search.verdict is not None:
        facts["gate"] = f"{search.verdict}: {search.reason}"
        facts["champion"] = "became champion" if search.promoted else "did not become champion"
    if search.rolled_back:
        facts["rolled back"] = search.rolled_back
    if search.judged:
        facts["judged since"] = search.judged
    return [Fact(name=name, value=value) for name, value in facts.items()]
