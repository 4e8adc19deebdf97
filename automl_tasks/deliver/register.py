"""Register a run's package in MLflow: one version per run, however often this is called."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from automl_tasks.deliver.candidate import RunFacts, load_facts
from automl_tasks.deliver.card import ModelCard, build_card
from automl_tasks.deliver.code import staged_code
from automl_tasks.deliver.package import PackageManifest, build_package
from automl_tasks.deliver.registry import experiment_id, registry
from automl_tasks.deliver.requirements import requirements
from automl_tasks.deliver.seal import SealedFlavor, registered_key
from automl_tasks.deliver.signature import column_metadata, signature
from automl_tasks.deliver.versions import CHALLENGER, RUN_TAG, SEAL_TAG, SNAPSHOT_TAG
from automl_tasks.errors import PackageError
from automl_tasks.store import digest_json

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from automl_tasks.store import Store

__all__ = ["Registered", "register"]

_MODEL, _PACKAGE_TAG = "model", "nightshift.package"
_TAG_LENGTH = 500


class Registered(BaseModel):
    """A registered version.

    Attributes
    ----------
    model_uri
        ``models:/NAME/VERSION``.
    mlflow_run
        MLflow's run, with parameters, metrics, assessment and plan.
    seal
        SHA-256 that stands for all files of the logged model; None in versions of old.
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    problem: str
    run: str
    version: int
    model_uri: str
    mlflow_run: str
    seal: str | None = None


def register(store: Store, name: str, run: str) -> Registered:
    """Register the package of a run, once, and let the alias ``challenger`` point to it.

    A version that carries the run's tag is found again, so a crash between any two steps and a
    repeated call leave one version.

    Raises
    ------
    PackageError
        When the package is missing, incomplete or altered, or the run replays another.
    RegistryUnreachable
        When MLflow does not answer.
    """
    _refuse_replay(store, name, run)
    package = build_package(store, name, run)
    with store.lock(f"{name}/registry"), registry() as client:
        found = _registered_version(client, name, package)
        if found is None:
            facts = load_facts(store, name, run)
            folder = store.path(f"{name}/runs/{run}/package")
            card = build_card(store, name, run)
            found = _new_version(client, facts, folder, card, _tags(facts, package))
        registered = Registered(
            problem=name,
            run=run,
            version=int(found.version),
            model_uri=f"models:/{name}/{found.version}",
            mlflow_run=found.run_id,
            seal=found.tags.get(SEAL_TAG),
        )
        _remember(client, store, registered)
        return registered


def _refuse_replay(store: Store, name: str, run: str) -> None:
    """A replay shows whether a run can be repeated; its budget was not the problem's."""
    key = f"{name}/runs/{run}/plan.json"
    original = store.read_json(key).get("replays") if store.exists(key) else None
    if original is not None:
        raise PackageError(
            f"run {run!r} is a replay of {original!r}, and a replay is not registered",
            where=name,
            remedy=f"Register {original!r}, or search under another run id",
        )


def _remember(client: MlflowClient, store: Store, registered: Registered) -> None:
    """Once for a version: it is the challenger when it is new, not when it is found again."""
    name, key = registered.problem, registered_key(registered.problem, registered.run)
    known = store.read_json(key) if store.exists(key) else {}
    if known.get("version") == registered.version:
        return
    client.set_registered_model_alias(name, CHALLENGER, str(registered.version))
    # Last, so that a crash before it makes the next call set the alias.
    store.write_json(key, registered.model_dump())


def _registered_version(
    client: MlflowClient, name: str, package: PackageManifest
) -> ModelVersion | None:
    """The version of this run; one of the same name from a store that is gone does not count."""
    found = [
        version
        for version in client.search_model_versions(
            f"name = '{name}' and tags.`{RUN_TAG}` = '{package.run}'"
        )
        if version.tags.get(_PACKAGE_TAG) == package.digest
    ]
    return min(found, key=lambda version: int(version.version), default=None)


def _new_version(
    client: MlflowClient, facts: RunFacts, package: Path, card: ModelCard, tags: dict[str, str]
) -> ModelVersion:
    from mlflow.exceptions import MlflowException

    name = facts.plan.problem.name
    run_id, source, model_id, seal = _log(client, facts, package, card, tags)
    try:
        client.create_registered_model(name, description=facts.plan.problem.description or None)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    # The tags arrive with the version, so there is never one without.
    return client.create_model_version(
        name,
        source,
        run_id,
        tags={**tags, SEAL_TAG: seal},
        model_id=model_id,
        description=card.summary,
    )


def _log(
    client: MlflowClient, facts: RunFacts, package: Path, card: ModelCard, tags: dict[str, str]
) -> tuple[str, str, str, str]:
    """Log model, metrics and reports to the run's MLflow run; one that was cut off is resumed."""
    import mlflow
    from mlflow.models import Model

    problem = facts.plan.problem
    experiment = experiment_id(client, problem.name)
    earlier = client.search_runs([experiment], f"tags.`{_PACKAGE_TAG}` = '{tags[_PACKAGE_TAG]}'")
    model = json.loads((package / "model.json").read_text())
    # A run can only be resumed in the active experiment, which the process may have left elsewhere.
    mlflow.set_experiment(experiment_id=experiment)
    with (
        mlflow.start_run(
            run_id=earlier[0].info.run_id if earlier else None,
            experiment_id=experiment,
            run_name=facts.plan.run,
            tags=tags,
        ) as active,
        staged_code(package) as code_paths,
        warnings.catch_warnings(),
    ):
        # An input example would store rows of the owner's data.
        warnings.filterwarnings("ignore", message=".*input example was not provided")
        mlflow.log_params(_params(facts))
        mlflow.log_metrics(_metrics(facts))
        mlflow.log_dict(facts.assessment.model_dump(mode="json"), "assessment.json")
        mlflow.log_dict(_public_plan(facts), "plan.json")
        mlflow.log_text(card.html, "model_card.html")
        mlflow.log_text(card.markdown, "model_card.md")
        flavor = SealedFlavor(problem.name, facts.plan.run)
        info = Model.log(
            None,
            flavor,
            name=_MODEL,
            flavor_name="pyfunc",
            loader_module="automl_tasks.serve.mlflow_loader",
            data_path=str(package),
            code_paths=code_paths,
            pip_requirements=requirements(package),
            signature=signature(model),
            metadata=column_metadata(model),
        )
        return active.info.run_id, info.model_uri, info.model_id, flavor.digest


def _tags(facts: RunFacts, package: PackageManifest) -> dict[str, str]:
    plan = facts.plan
    return {
        RUN_TAG: plan.run,
        _PACKAGE_TAG: package.digest,
        SNAPSHOT_TAG: plan.snapshot,
        "nightshift.problem": plan.problem.name,
        "nightshift.problem_digest": digest_json(_public_plan(facts)["problem"])[:16],
        "nightshift.reason": plan.reason[:_TAG_LENGTH],
    }


def _public_plan(facts: RunFacts) -> dict[str, Any]:
    """The plan without the source: registries have more readers than databases."""
    public: dict[str, Any] = facts.plan.model_dump(mode="json", exclude={"problem": {"source"}})
    return public


def _params(facts: RunFacts) -> dict[str, Any]:
    plan, candidate = facts.plan, facts.candidate
    members = (f"{member.family} {member.weight:.2f}" for member in candidate.members)
    return {
        "task": plan.problem.task,
        "metric": plan.problem.metric,
        "members": ", ".join(members)[:_TAG_LENGTH],
        "folds": plan.folds,
        "train_rows": candidate.train_rows,
        "holdout_rows": candidate.holdout_rows,
        "budget_seconds": plan.budget_seconds,
        "seed": plan.problem.seed,
    }


def _metrics(facts: RunFacts) -> dict[str, float]:
    assessment = facts.assessment
    metrics = {f"oof_{facts.plan.problem.metric}": facts.candidate.oof_score}
    for name, interval in assessment.metrics.items():
        metrics |= {
            f"holdout_{name}": interval.value,
            f"holdout_{name}_low": interval.low,
            f"holdout_{name}_high": interval.high,
            f"baseline_{name}": interval.baseline,
        }
    metrics["latency_ms_per_row"] = assessment.latency_ms_per_row
    metrics["size_mb"] = assessment.size_mb
    return {
        name: float(value)
        for name, value in metrics.items()
        if value is not None and math.isfinite(value)
    }
