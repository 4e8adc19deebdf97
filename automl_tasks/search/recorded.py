"""What the ensemble of a run decided by the clock, for the run that replays it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from automl_tasks.search.plan import Plan, run_key
from automl_tasks.store import Store

__all__ = ["RecordedRefit", "recorded_members", "recorded_refits"]


@dataclass(frozen=True)
class RecordedRefit:
    """A member that was trained once more.

    Attributes
    ----------
    rows
        It was trained on.
    pace
        Fields of a ``models.Pace``.
    """

    rows: int
    pace: dict[str, int | None]


def recorded_members(store: Store, plan: Plan) -> list[dict[str, Any]]:
    """Members of the candidate of the run that a plan replays, as they were stored."""
    key = run_key(plan.problem.name, str(plan.replays))
    members: list[dict[str, Any]] = store.read_json(f"{key}/candidate/candidate.json")["members"]
    return members


def recorded_refits(store: Store, plan: Plan) -> dict[str, RecordedRefit] | None:
    """Refitted members by trial; None where a plan replays no run."""
    if plan.replays is None:
        return None
    return {
        each["trial"]: RecordedRefit(
            each["rows"], {name: each.get(name) for name in ("steps", "planned")}
        )
        for each in recorded_members(store, plan)
        if each["fold"] is None
    }
