"""One check of a champion: measure, decide, keep the decision, tell people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from automl_tasks.deliver import champion, rollback
from automl_tasks.errors import TerminalError
from automl_tasks.ingest import current_snapshot
from automl_tasks.monitor.advice import measure_advice
from automl_tasks.monitor.aftermath import running_searches
from automl_tasks.monitor.decision import Decision, decision_id, judge
from automl_tasks.monitor.effort import search_minutes
from automl_tasks.monitor.ledger import (
    history,
    load_decision,
    logged_predictions,
    save_decision,
)
from automl_tasks.monitor.observations import Observations, collect, measure_windows
from automl_tasks.monitor.permission import may_retrain
from automl_tasks.monitor.predecessor import Predecessor, measure_predecessor
from automl_tasks.monitor.shadows import known_labels
from automl_tasks.monitor.staleness import Staleness, measure_staleness
from automl_tasks.monitor.wording import sentence
from automl_tasks.search import load_plan
from automl_tasks.store import digest_json
from automl_tasks.store.alerts import raise_alert

if TYPE_CHECKING:
    from automl_tasks.deliver import ChampionInfo
    from automl_tasks.problem import MonitorPolicy, Problem
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["check"]


def check(problem: Problem, store: Store, now: datetime | None = None) -> Decision:
    """Judge the champion on the labels that have matured, and decide whether to search again.

    The caller starts the search ``decision.run_id`` when ``decision.retrain`` says so. The same
    rows decided again give the stored decision, so a retry never starts a second search.

    Parameters
    ----------
    now
        Time of the decision. Default: the present; labels then mature by the newest time in the
        data.
    """
    info, snapshot = champion(problem.name), current_snapshot(store, problem.name)
    draft = _draft(problem, snapshot.id, info, now)
    if info is None:
        return _kept(draft, store, "There is no champion yet.")
    if problem.monitor.mode == "disabled":
        return _kept(draft, store, "The monitor is disabled.")
    log = logged_predictions(store, problem.name, info.version)
    if log.empty:
        return _kept(draft, store, f"Version {info.version} has not predicted any new rows yet.")
    observed = collect(problem, store, snapshot, log, now)
    decision = draft.model_copy(
        update={"id": _id(draft, observed.identity), "inputs": observed.digest}
    )
    if not store.exists(_key(decision)):
        plan = load_plan(store, problem.name, info.run)
        _decide(problem, _measured(decision, observed, plan, store, now), store)
    decision = load_decision(store, problem.name, decision.id)
    _roll_back(problem, store, decision)
    return _told(decision, store)


def _draft(
    problem: Problem, snapshot: str, info: ChampionInfo | None, now: datetime | None
) -> Decision:
    """What is known before anything is measured."""
    moment = now or datetime.now(UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    draft = Decision(
        id="",
        problem=problem.name,
        status="unknown",
        retrain=False,
        run_id=None,
        sentence="",
        created_at=moment.isoformat(timespec="milliseconds"),
        snapshot=snapshot,
        champion_version=info.version if info else None,
        champion_run=info.run if info else None,
        metric=None,
        windows=[],
        coverage=None,
        arrivals=(),
        drift=None,
        thresholds=problem.monitor,
        inputs="",
    )
    return draft.model_copy(update={"id": _id(draft, draft.snapshot)})


def _measured(
    decision: Decision, observed: Observations, plan: Plan, store: Store, now: datetime | None
) -> Decision:
    """The draft with everything that is measured, and the status."""
    policy, version = decision.thresholds, decision.champion_version or 0
    searched = {e.batch for e in history(store, decision.problem) if e.retrain and e.batch}
    windows = measure_windows(observed, store, plan, policy, searched)
    staleness = _staleness(decision, observed, plan, store)
    payoff = staleness.payoff(policy.payoff) if policy.payoff is not None else None
    predecessor = measure_predecessor(observed, store, plan, version)
    advice = measure_advice(observed, store, plan, version, now)
    if staleness.failure:
        words = f"what a retrain would save could not be measured ({staleness.failure})"
        advice["notes"] = (*advice["notes"], words)
    return decision.model_copy(
        update={
            "metric": plan.problem.metric,
            "windows": windows,
            "coverage": observed.coverage,
            "arrivals": observed.arrivals,
            "payoff": payoff,
            "status": judge(windows, policy, payoff),
            "predecessor": predecessor,
            "rollback_to": _back_to(predecessor, policy),
            **advice,
        }
    )


def _back_to(predecessor: Predecessor | None, policy: MonitorPolicy) -> int | None:
    wanted = policy.mode == "enabled" and policy.rollback == "auto"
    return predecessor.version if predecessor and predecessor.better and wanted else None


def _roll_back(problem: Problem, store: Store, decision: Decision) -> None:
    """Put the predecessor back, once: afterwards the champion is another version."""
    if decision.rollback_to is None:
        return
    present = champion(problem.name)
    if present is None or present.version != decision.champion_version:
        return
    try:
        rollback(problem, store, to=decision.rollback_to)
    except TerminalError as error:
        # The champion stays; a person must know, and the monitor goes on.
        raise_alert(store, problem.name, "rollback failed", str(error), f"rollback-{decision.id}")


def _staleness(decision: Decision, observed: Observations, plan: Plan, store: Store) -> Staleness:
    version = decision.champion_version or 0
    if decision.thresholds.payoff is None:
        return Staleness([], version)
    known = known_labels(observed.rows, observed.ids, plan, observed.until)
    rows = decision.thresholds.min_rows
    return measure_staleness(store, plan, version, known, observed.judged, min_rows=rows)


def _decide(problem: Problem, measured: Decision, store: Store) -> None:
    """Settle under a lock whether a search starts, so that of many deciders one starts it."""
    with store.lock(f"{measured.problem}/decisions"):
        if store.exists(_key(measured)):
            return
        past = history(store, measured.problem)
        turn = len({each.batch for each in (measured, *past) if each.batch})
        now = datetime.fromisoformat(measured.created_at)
        permission = may_retrain(
            measured.thresholds,
            past,
            version=measured.champion_version,
            snapshot=measured.snapshot,
            batch=measured.batch,
            turn=turn,
            now=now,
            running=running_searches(problem, store, past, now),
        )
        # A champion that gives way to its predecessor is judged anew, as that one.
        kept = measured.rollback_to is None
        retrain = measured.status == "degraded" and permission.granted and kept
        minutes = search_minutes(measured, past, problem.budget.minutes) if retrain else None
        decided = measured.model_copy(
            update={
                "retrain": retrain,
                "turn": turn,
                "run_id": f"drift__{measured.id}" if retrain else None,
                "minutes": minutes,
            }
        )
        words = sentence(decided, permission)
        save_decision(store, decided.model_copy(update={"sentence": words}))


def _kept(draft: Decision, store: Store, words: str) -> Decision:
    """Store a decision about nothing, once."""
    if not store.exists(_key(draft)):
        save_decision(store, draft.model_copy(update={"sentence": words}))
    return load_decision(store, draft.problem, draft.id)


def _told(decision: Decision, store: Store) -> Decision:
    # Told after the decision is stored, and again on a retry: the alert's key makes it one.
    if decision.notes:
        # Once a champion: what a source never shows would else be told every night.
        words = "; ".join(decision.notes)
        key = f"notes-{digest_json([decision.champion_version, words])[:16]}"
        raise_alert(store, decision.problem, "not all was measured", words, key)
    kind = "rolled back" if decision.rollback_to is not None else decision.status
    if kind in ("degraded", "rolled back"):
        raise_alert(store, decision.problem, kind, decision.sentence, f"decision-{decision.id}")
    return decision


def _id(draft: Decision, about: object) -> str:
    return decision_id(draft.problem, draft.champion_version, draft.thresholds, about)


def _key(decision: Decision) -> str:
    return f"{decision.problem}/decisions/{decision.id}.json"
