"""Put an earlier version back as champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.deliver import promotion as records
from automl_tasks.deliver.aliases import make_champion
from automl_tasks.deliver.evidence import collect
from automl_tasks.deliver.gate import check_smoke
from automl_tasks.deliver.promotion import Promotion
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.versions import (
    CHAMPION,
    PREVIOUS,
    RUN_TAG,
    ChampionInfo,
    find_version,
)
from automl_tasks.errors import DataError

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from automl_tasks.problem import Problem
    from automl_tasks.store import Store

__all__ = ["rollback"]

_STARTED = ("rollback", "promote")


def rollback(problem: Problem, store: Store, *, to: int | None = None) -> Promotion:
    """Make an earlier version champion again, without asking the gate.

    It is loaded and tried first; one that does not answer is refused. The version that loses its
    place becomes ``previous_champion``, so that a second rollback undoes the first.

    Parameters
    ----------
    to
        Version; default: the one of the alias ``previous_champion``.

    Raises
    ------
    DataError
        When there is no such version; names those there are.
    """
    name = problem.name
    with registry() as client, store.lock(f"{name}/promotion"):
        champion = find_version(client, name, CHAMPION)
        target = find_version(client, name, PREVIOUS if to is None else to)
        cut_off = _cut_off(store, name, champion, to)
        if cut_off is not None:
            return make_champion(client, store, cut_off)
        if target is None:
            raise _no_such_version(client, name, to)
        record = _record(target, champion)
        if champion is not None and champion.version == target.version:
            reason = f"version {target.version} is the champion already"
            return record.model_copy(update={"verdict": "keep", "reason": reason})
        evidence = collect(store, name, target, None)
        smoke = check_smoke(target.model_uri, evidence)
        if not smoke.passed:
            update = {"verdict": "invalid", "reason": smoke.detail, "gates": [smoke]}
            return records.save(store, record.model_copy(update=update))
        record = records.save(store, record.model_copy(update={"gates": [smoke]}))
        return make_champion(client, store, record, evidence)


def _cut_off(
    store: Store, name: str, champion: ChampionInfo | None, to: int | None
) -> Promotion | None:
    """The rollback that a crash interrupted before or after the alias moved."""
    newest = next(iter(records.history(store, name)), None)
    if newest is None or newest.applied or (newest.action, newest.verdict) != _STARTED:
        return None
    current = champion.version if champion else None
    involved = current in (newest.version, newest.champion_before)
    return newest if involved and to in (None, newest.version) else None


def _record(target: ChampionInfo, champion: ChampionInfo | None) -> Promotion:
    before = champion.version if champion else None
    decided_at = records.now()
    replaced = f" in place of version {before}" if before else ""
    return Promotion(
        # A rollback is an act of a person: each one is its own decision.
        id=records.promotion_id("rollback", target.version, before, decided_at),
        problem=target.problem,
        action="rollback",
        version=target.version,
        champion_before=before,
        run=target.run,
        snapshot=target.snapshot,
        verdict="promote",
        reason=f"version {target.version} is champion again{replaced}",
        decided_at=decided_at,
    )


def _no_such_version(client: MlflowClient, name: str, to: int | None) -> DataError:
    there = sorted(
        int(version.version)
        for version in client.search_model_versions(f"name = '{name}'")
        if RUN_TAG in version.tags
    )
    choice = f"There are: {', '.join(map(str, there))}" if there else "None is registered yet"
    what = "no previous champion" if to is None else f"no version {to}"
    return DataError(
        f"model {name!r} has {what}",
        where="MLflow registry",
        remedy=f"{choice}; name one with --to",
    )
