"""Everything of a run that its card tells, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl_tasks.deliver.candidate import RunFacts, load_facts
from automl_tasks.ingest import SnapshotManifest, load_snapshot
from automl_tasks.validate import ValidationResult

if TYPE_CHECKING:
    from automl_tasks.assess.explanation import Explanation
    from automl_tasks.store import Store

__all__ = ["Sources", "read_sources"]


@dataclass(frozen=True)
class Sources:
    """What search, assessment, explanation and validation left behind.

    Attributes
    ----------
    validation, explanation
        None where that stage did not run.
    seconds
        Used by each part of the run.
    trials
        Configurations of which something was fitted.
    """

    facts: RunFacts
    snapshot: SnapshotManifest
    validation: ValidationResult | None
    explanation: Explanation | None
    seconds: dict[str, float]
    trials: int


def read_sources(store: Store, name: str, run: str) -> Sources:
    """Read a run.

    Raises
    ------
    PackageError
        Naming the stage that has not finished.
    """
    from automl_tasks.assess.explanation import explanation_key, load_explanation
    from automl_tasks.search.budget import spent_parts
    from automl_tasks.search.plan import run_key

    facts = load_facts(store, name, run)
    key, snapshot = run_key(name, run), facts.plan.snapshot
    checked = f"{name}/validations/{snapshot}.json"
    explained = store.exists(explanation_key(name, run))
    return Sources(
        facts=facts,
        snapshot=load_snapshot(store, name, snapshot).manifest,
        validation=ValidationResult.model_validate(store.read_json(checked))
        if store.exists(checked)
        else None,
        explanation=load_explanation(store, name, run) if explained else None,
        seconds=spent_parts(store, key),
        trials=len(store.list(f"{key}/trials")),
    )
