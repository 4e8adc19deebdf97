"""Our model of a table: a search of some seconds, packaged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from automl_tasks.assess import assess
from automl_tasks.deliver import build_package
from automl_tasks.ingest import take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.search import Candidate, Plan, build_candidate, make_plan, run_worker
from automl_tasks.store import Store

__all__ = ["Delivered", "deliver"]

RUN = "timed"


@dataclass(frozen=True)
class Delivered:
    """A packaged run.

    Attributes
    ----------
    folder
        Of the package.
    """

    store: Store
    plan: Plan
    candidate: Candidate
    folder: Path


def deliver(
    rows: pd.DataFrame | Problem, folder: Path, seconds: float, **settings: Any
) -> Delivered:
    """Search, build the candidate, assess and package, in a store below `folder`.

    Parameters
    ----------
    rows
        Of a table, or a whole problem.
    settings
        Of the problem file, beside name and source.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(rows, Problem):
        problem = rows
    else:
        source = folder / "rows.csv"
        rows.to_csv(source, index=False)
        problem = Problem.model_validate({"name": "table", "source": str(source), **settings})
    store, name = Store(folder / "store"), problem.name
    snapshot = take_snapshot(problem, store)
    plan = make_plan(problem, store, snapshot.id, RUN, minutes=seconds / 60)
    run_worker(store, name, RUN)
    candidate = build_candidate(store, name, RUN)
    assess(store, name, RUN)
    build_package(store, name, RUN)
    return Delivered(store, plan, candidate, store.path(f"{name}/runs/{RUN}/package"))
