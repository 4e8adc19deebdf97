"""The record of a promotion: what was decided about a version, on which evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from automl_tasks.deliver.compare import Comparison
from automl_tasks.store import digest_json

if TYPE_CHECKING:
    from automl_tasks.store import Store

__all__ = ["Gate", "Promotion", "Verdict", "find", "history", "now", "promotion_id", "save"]

Verdict = Literal["promote", "keep", "needs_approval", "invalid"]


class Gate(BaseModel):
    """One condition that a version had to meet."""

    model_config = ConfigDict(frozen=True)

    name: str
    passed: bool
    detail: str


class Promotion(BaseModel):
    """A decision about a version.

    Attributes
    ----------
    version, champion_before, previous_before
        Version that was judged; the champion and the one before it at that time.
    reason
        The decision in one sentence.
    gates
        Every condition that was checked, with its numbers.
    comparison
        Champion against challenger; None when there was no champion to compare with.
    applied
        The aliases have moved and a prediction through ``champion`` succeeded.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    problem: str
    action: Literal["promote", "rollback"] = "promote"
    version: int
    champion_before: int | None
    previous_before: int | None = None
    run: str
    snapshot: str
    verdict: Verdict
    reason: str
    gates: list[Gate] = []
    comparison: Comparison | None = None
    approved: bool | None = None
    dry_run: bool = False
    applied: bool = False
    decided_at: str


def promotion_id(*parts: object) -> str:
    """The same decision has the same id, so deciding again changes nothing."""
    return digest_json(parts)[:16]


def now() -> str:
    """UTC, sortable as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def find(store: Store, name: str, promotion: str) -> Promotion | None:
    """The stored record of an id."""
    key = f"{name}/promotions/{promotion}.json"
    return Promotion.model_validate(store.read_json(key)) if store.exists(key) else None


def save(store: Store, record: Promotion) -> Promotion:
    """Store a record; returns it."""
    store.write_json(f"{record.problem}/promotions/{record.id}.json", record.model_dump())
    return record


def history(store: Store, name: str) -> list[Promotion]:
    """Every decision about a problem's versions, newest first."""
    stems = (entry.removesuffix(".json") for entry in store.list(f"{name}/promotions"))
    records = (find(store, name, stem) for stem in stems)
    return sorted(filter(None, records), key=lambda record: record.decided_at, reverse=True)
