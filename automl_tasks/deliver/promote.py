"""Decide whether the challenger becomes champion, and move the aliases if it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.deliver import promotion as records
from automl_tasks.deliver.aliases import finish_cut_off, make_champion, previous_of
from automl_tasks.deliver.evidence import Evidence, collect
from automl_tasks.deliver.gate import check_fairness, check_limits, check_quality, check_smoke
from automl_tasks.deliver.promotion import Gate, Promotion
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.seal import stranger
from automl_tasks.deliver.versions import CHALLENGER, CHAMPION, ChampionInfo, find_version
from automl_tasks.errors import DataError

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from automl_tasks.problem import Problem
    from automl_tasks.store import Store

__all__ = ["promote"]


def promote(
    problem: Problem,
    store: Store,
    *,
    version: int | None = None,
    approved: bool | None = None,
    dry_run: bool = False,
) -> Promotion:
    """Let the gate decide on a version.

    Both models answer the challenger's untouched holdout, the newest labelled rows. A first
    champion must beat a constant prediction. A later one must have the lower loss in at least
    90 % of the resamples of a paired bootstrap, or 80 % when the search was started because the
    champion had degraded (its reason starts with ``drift``).

    Deciding the same again returns the stored decision and changes nothing.

    Parameters
    ----------
    version
        Default: the version of the alias ``challenger``.
    approved
        Answer of the approver, where the problem asks for one; None when not yet asked.
    dry_run
        Decide, but store and move nothing.

    Returns
    -------
    Promotion
        With verdict ``promote``, ``keep``, ``needs_approval`` or ``invalid`` and its reason.

    Raises
    ------
    DataError
        When there is no such version.
    RegistryUnreachable
        When MLflow does not answer.
    """
    with registry() as client, store.lock(f"{problem.name}/promotion"):
        if not dry_run:
            finish_cut_off(client, store, problem.name)
        challenger = _challenger(client, problem.name, version)
        champion = find_version(client, problem.name, CHAMPION)
        if champion is not None and champion.version == challenger.version:
            return _already_champion(store, challenger)
        record, evidence = _decide(problem, store, challenger, champion)
        record = _answered(record, approved)
        if dry_run:
            return record.model_copy(update={"dry_run": True})
        if record.verdict != "promote":
            return records.save(store, record)
        before = record.previous_before or previous_of(client, problem.name)
        record = records.save(store, record.model_copy(update={"previous_before": before}))
        return make_champion(client, store, record, evidence)


def _challenger(client: MlflowClient, name: str, version: int | None) -> ChampionInfo:
    found = find_version(client, name, CHALLENGER if version is None else version)
    if found is None:
        what = "challenger" if version is None else f"version {version}"
        raise DataError(
            f"model {name!r} has no {what}",
            where="MLflow registry",
            remedy="Run search first; it registers a challenger",
        )
    return found


def _already_champion(store: Store, version: ChampionInfo) -> Promotion:
    """The decision that made it champion."""
    earlier = [
        record
        for record in records.history(store, version.problem)
        if record.version == version.version and record.run == version.run
        if record.verdict == "promote"
    ]
    if earlier:
        return earlier[0]
    return _record(version, None).model_copy(
        update={
            "champion_before": version.version,
            "reason": f"version {version.version} is the champion already",
        }
    )


def _decide(
    problem: Problem, store: Store, challenger: ChampionInfo, champion: ChampionInfo | None
) -> tuple[Promotion, Evidence | None]:
    """The stored decision when there is one, else a new one with its evidence."""
    asked = problem.fairness
    fairness = asked.max_disparity, asked.measure, problem.protected
    limits = problem.constraints.model_dump(), fairness, problem.promotion
    blank = _record(challenger, champion, limits, challenger.promoted_at)
    earlier = records.find(store, problem.name, blank.id)
    if earlier is not None and not earlier.applied:
        return earlier, None
    if challenger.promoted_at is not None:
        reason = (
            f"version {challenger.version} was champion before and lost that place; "
            "only a rollback puts it back"
        )
        return blank.model_copy(update={"reason": reason}), None
    trouble = stranger(store, challenger)
    if trouble is not None:
        return blank.model_copy(update={"verdict": "invalid", "reason": trouble}), None
    evidence = collect(store, problem.name, challenger, champion)
    return _judged(problem, blank, challenger, champion, evidence), evidence


def _judged(
    problem: Problem,
    blank: Promotion,
    challenger: ChampionInfo,
    champion: ChampionInfo | None,
    evidence: Evidence,
) -> Promotion:
    smoke = check_smoke(challenger.model_uri, evidence)
    if not smoke.passed:
        return blank.model_copy(
            update={"verdict": "invalid", "reason": smoke.detail, "gates": [smoke]}
        )
    quality, comparison = check_quality(challenger, champion, evidence)
    limits = [*check_limits(problem, evidence), *check_fairness(problem, evidence)]
    gates = [smoke, quality, *limits]
    failed = [gate.detail for gate in gates if not gate.passed]
    passed = "needs_approval" if problem.promotion == "approval" else "promote"
    return blank.model_copy(
        update={
            "verdict": "keep" if failed else passed,
            "reason": "; ".join(failed) or quality.detail,
            "gates": gates,
            "comparison": comparison,
        }
    )


def _answered(record: Promotion, approved: bool | None) -> Promotion:
    """The decision after the approver's answer, where one was asked for."""
    if record.verdict != "needs_approval" or approved is None:
        return record
    answer = "approved" if approved else "declined"
    gate = Gate(name="approval", passed=approved, detail=f"{answer} by a person")
    return record.model_copy(
        update={
            "verdict": "promote" if approved else "keep",
            "reason": f"{answer} by a person: {record.reason}",
            "gates": [*record.gates, gate],
            "approved": approved,
        }
    )


def _record(
    version: ChampionInfo, champion: ChampionInfo | None, *circumstances: object
) -> Promotion:
    before = champion.version if champion else None
    runs = version.run, champion.run if champion else None
    return Promotion(
        id=records.promotion_id(version.version, before, version.snapshot, runs, circumstances),
        problem=version.problem,
        version=version.version,
        champion_before=before,
        run=version.run,
        snapshot=version.snapshot,
        verdict="keep",
        reason="",
        decided_at=records.now(),
    )
