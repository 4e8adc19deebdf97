"""Put an earlier version back as champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.deliver import promotion as records
from automl_tasks.deliver.aliases import finish_cut_off, make_champion, previous_of
from automl_tasks.deliver.evidence import Evidence, collect
from automl_tasks.deliver.gate import check_smoke
from automl_tasks.deliver.promotion import Gate, Promotion
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.seal import stranger
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
        finished = finish_cut_off(client, store, name)
        if finished is not None and _is_meant(finished, to):
            return finished
        champion = find_version(client, name, CHAMPION)
        target = find_version(client, name, PREVIOUS if to is None else to)
        if target is None:
            raise _no_such_version(client, name, to, champion)
        record = _record(target, champion)
        if champion is not None and champion.version == target.version:
            reason = f"version {target.version} is the champion already"
            return record.model_copy(update={"verdict": "keep", "reason": reason})
        smoke, evidence = _trial(store, target)
        record = record.model_copy(update={"gates": [smoke]})
        if not smoke.passed:
            refused = {"verdict": "invalid", "reason": smoke.detail}
            return records.save(store, record.model_copy(update=refused))
        before = previous_of(client, name)
        record = records.save(store, record.model_copy(update={"previous_before": before}))
        return make_champion(client, store, record, evidence)


def _trial(store: Store, target: ChampionInfo) -> tuple[Gate, Evidence | None]:
    trouble = stranger(store, target)
    if trouble is not None:
        return Gate(name="smoke", passed=False, detail=trouble), None
    evidence = collect(store, target.problem, target, None)
    return check_smoke(target.model_uri, evidence), evidence


def _is_meant(finished: Promotion, to: int | None) -> bool:
    """A rollback that a crash cut off is finished by asking for it again, not undone."""
    return finished.action == "rollback" and finished.applied and to in (None, finished.version)


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


def _no_such_version(
    client: MlflowClient, name: str, to: int | None, champion: ChampionInfo | None
) -> DataError:
    there = sorted(
        int(version.version)
        for version in client.search_model_versions(f"name = '{name}'")
        if RUN_TAG in version.tags
    )
    others = [str(each) for each in there if champion is None or each != champion.version]
    choice = "None is registered yet"
    if others:
        choice = f"There are: {', '.join(others)}; name one with --to"
    elif there:
        choice = f"Version {there[0]}, the champion, is the only one"
    what = "no previous champion" if to is None else f"no version {to}"
    return DataError(
        f"model {name!r} has {what}",
        where="MLflow registry",
        remedy=choice,
    )
