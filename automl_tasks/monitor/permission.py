"""Whether a degraded champion starts a search now. No input or output."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from automl_tasks.monitor.decision import Decision
from automl_tasks.monitor.payoff import in_pace
from automl_tasks.problem import MonitorPolicy

__all__ = ["Permission", "may_retrain"]

_MONTH = timedelta(days=30)
_LONGEST_WAIT = 8  # arrivals after searches that were in vain


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
