"""What became of a search that the monitor started: how far it is, and how its model fared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from automl_tasks.deliver import Promotion
from automl_tasks.deliver import history as promotions
from automl_tasks.monitor.ledger import history
from automl_tasks.store.alerts import failed_run_key, list_alerts

if TYPE_CHECKING:
    from automl_tasks.monitor.decision import Decision
    from automl_tasks.problem import Problem
    from automl_tasks.store import Store

__all__ = ["Aftermath", "aftermath", "running_searches"]

_TO_START_AND_PROMOTE = timedelta(hours=6)  # it may wait for a worker, and be tried again


class Aftermath(BaseModel):
    """The search of a decision and its challenger; None where it has not come so far.

    Attributes
    ----------
    stage
        Where the search is; ``not started`` before it has a plan.
    trials, best, metric
        What the search has tried, and its best score on its own folds.
    version
        The registered challenger.
    verdict, reason
        What the gate said of it.
    promoted
        It became champion.
    rolled_back
        Why it is champion no more, when it was rolled back.
    judged
        What the monitor first said of it as champion.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    stage: str
    trials: int | None = None
    metric: str | None = None
    best: float | None = None
    version: int | None = None
    verdict: str | None = None
    reason: str | None = None
    promoted: bool = False
    rolled_back: str | None = None
    judged: str | None = None


def aftermath(store: Store, decision: Decision) -> Aftermath | None:
    """Follow the search that a decision started; None when it started none."""
    if decision.run_id is None:
        return None
    key = f"{decision.problem}/runs/{decision.run_id}"
    progress = _read(store, f"{key}/progress.json")
    started = store.exists(f"{key}/plan.json")
    registered = _read(store, f"{key}/registered.json")
    version = registered.get("version")
    judged = _judgements(store, decision, version)
    return Aftermath(
        run=decision.run_id,
        stage=progress.get("stage") or ("planned" if started else "not started"),
        trials=progress.get("trials"),
        metric=progress.get("metric"),
        best=progress.get("best"),
        version=version,
        **judged,
    )


def running_searches(
    problem: Problem, store: Store, past: Iterable[Decision], now: datetime
) -> set[str]:
    """Ids of the searches that may still give a champion.

    One has ended when the gate has judged its model, or an alert says that its run failed. One that
    was lost without a word counts as ended when its budget and six hours have passed.

    Parameters
    ----------
    past
        Decisions of the problem.
    now
        With a time zone.
    """
    judged = {each.run for each in promotions(store, problem.name) if each.action == "promote"}
    alerted = {each.key for each in list_alerts(store, problem.name)}
    latest = now - timedelta(minutes=problem.budget.minutes) - _TO_START_AND_PROMOTE
    return {
        each.run_id
        for each in past
        if each.run_id is not None
        and each.run_id not in judged
        and failed_run_key(f"{problem.name}.search", each.run_id) not in alerted
        and datetime.fromisoformat(each.created_at) > latest
    }


def _judgements(store: Store, decision: Decision, version: int | None) -> dict[str, Any]:
    """What the gate and later the monitor said of a version."""
    if version is None:
        return {}
    records = promotions(store, decision.problem)
    asked = [each for each in records if each.action == "promote" and each.run == decision.run_id]
    gate = next((each for each in asked if each.applied), asked[0] if asked else None)
    if gate is None:
        return {}
    verdicts = [
        each.sentence
        for each in history(store, decision.problem)
        if each.champion_run == decision.run_id and each.status != "unknown"
    ]
    return {
        "verdict": gate.verdict,
        "reason": gate.reason,
        "promoted": gate.applied,
        "rolled_back": _rolled_back(records, gate),
        "judged": verdicts[-1] if verdicts else None,
    }


def _rolled_back(records: list[Promotion], gate: Promotion) -> str | None:
    reasons = [
        each.reason
        for each in records
        if each.action == "rollback"
        and each.applied
        and each.champion_before == gate.version
        and each.decided_at > gate.decided_at
    ]
    return reasons[-1] if reasons else None


def _read(store: Store, key: str) -> dict[str, Any]:
    return dict(store.read_json(key)) if store.exists(key) else {}
