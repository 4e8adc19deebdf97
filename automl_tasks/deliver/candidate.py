"""What search and assessment left behind for a run, read once for packaging and the gate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from automl_tasks.errors import PackageError

if TYPE_CHECKING:
    from automl_tasks.assess import Assessment
    from automl_tasks.search import Candidate, Plan
    from automl_tasks.store import Store

__all__ = ["RunFacts", "load_facts"]


@dataclass(frozen=True)
class RunFacts:
    """Plan, candidate and assessment of one run, and the candidate's folder."""

    plan: Plan
    candidate: Candidate
    assessment: Assessment
    folder: Path


def load_facts(store: Store, name: str, run: str) -> RunFacts:
    """Read what a run has to deliver.

    Raises
    ------
    PackageError
        Naming the stage that has not finished.
    """
    from automl_tasks.assess import Assessment
    from automl_tasks.search import Candidate, load_plan

    key = f"{name}/runs/{run}"
    for part, stage in (
        ("plan.json", "plan"),
        ("candidate/candidate.json", "ensemble"),
        ("assessment.json", "assess"),
    ):
        if not store.exists(f"{key}/{part}"):
            raise PackageError(
                f"{part} is missing, so there is nothing to deliver",
                where=key,
                remedy=f"Run the stage {stage!r} of this run first",
            )
    return RunFacts(
        plan=load_plan(store, name, run),
        candidate=Candidate.model_validate(store.read_json(f"{key}/candidate/candidate.json")),
        assessment=Assessment.model_validate(store.read_json(f"{key}/assessment.json")),
        folder=store.path(f"{key}/candidate"),
    )
