"""Move the aliases so that a crash after any line leaves a champion that works.

The version has been loaded and tried before this is called, so the one call that moves
``champion`` is the whole change. ``previous_champion`` leaves the new champion before that call
and comes to the old one after it, so that the two never are one version. Tags and record end it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.deliver import promotion as records
from automl_tasks.deliver.evidence import Evidence, collect
from automl_tasks.deliver.gate import check_smoke
from automl_tasks.deliver.versions import (
    CHAMPION,
    PREVIOUS,
    PROMOTED_TAG,
    ChampionInfo,
    find_version,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from automl_tasks.deliver.promotion import Promotion
    from automl_tasks.store import Store

__all__ = ["finish_cut_off", "make_champion", "previous_of"]


def make_champion(
    client: MlflowClient, store: Store, record: Promotion, evidence: Evidence | None = None
) -> Promotion:
    """Carry a stored decision out, or the rest of it after a crash.

    When the model does not answer through ``models:/NAME@champion``, the old champion is put
    back and the record becomes ``invalid``. The trial takes its rows from `evidence`, or reads
    them.
    """
    name = record.problem
    version = find_version(client, name, record.version)
    if version is None:
        return _failed(store, record, f"version {record.version} is gone")
    if previous_of(client, name) == record.version:
        client.delete_registered_model_alias(name, PREVIOUS)
    client.set_registered_model_alias(name, CHAMPION, str(record.version))
    evidence = evidence or collect(store, name, version, None)
    smoke = check_smoke(f"models:/{name}@{CHAMPION}", evidence)
    if not smoke.passed:
        _put_back(client, record)
        return _failed(store, record, smoke.detail)
    _point(client, name, PREVIOUS, record.champion_before)
    _tag(client, record, version)
    return records.save(store, record.model_copy(update={"applied": True}))


def finish_cut_off(client: MlflowClient, store: Store, name: str) -> Promotion | None:
    """Carry out the rest of the last change if a crash cut it off; what became of it.

    A promotion whose alias has not moved is left to whoever decides on that version again; a
    rollback is the will of a person and is done. None when nothing was cut off.
    """
    last = next((r for r in records.history(store, name) if r.verdict == "promote"), None)
    if last is None or last.applied:
        return None
    champion = find_version(client, name, CHAMPION)
    current = champion.version if champion else None
    moved = current == last.version
    begun = last.action == "rollback" and current == last.champion_before
    return make_champion(client, store, last) if moved or begun else None


def previous_of(client: MlflowClient, name: str) -> int | None:
    """Number of the version that the alias ``previous_champion`` points to."""
    found = find_version(client, name, PREVIOUS)
    return found.version if found else None


def _put_back(client: MlflowClient, record: Promotion) -> None:
    if record.champion_before is None:
        client.delete_registered_model_alias(record.problem, CHAMPION)
    else:
        _point(client, record.problem, CHAMPION, record.champion_before)
    _point(client, record.problem, PREVIOUS, record.previous_before)


def _point(client: MlflowClient, name: str, alias: str, version: int | None) -> None:
    """Set an alias, unless there is no such version (any more)."""
    if version is not None and find_version(client, name, version) is not None:
        client.set_registered_model_alias(name, alias, str(version))


def _tag(client: MlflowClient, record: Promotion, version: ChampionInfo) -> None:
    tags = {
        PROMOTED_TAG: version.promoted_at or records.now(),
        "promoted_from": str(record.champion_before or ""),
        "verdict": record.verdict,
    }
    for key, value in tags.items():
        client.set_model_version_tag(record.problem, str(record.version), key, value)


def _failed(store: Store, record: Promotion, reason: str) -> Promotion:
    return records.save(
        store, record.model_copy(update={"verdict": "invalid", "reason": reason, "applied": False})
    )
