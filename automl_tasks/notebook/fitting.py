"""One `fit`: a frame through the engine in a temporary store, of which only the model remains."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from automl_tasks.ingest import snapshot_frame
from automl_tasks.notebook.fitted import FittedModel
from automl_tasks.notebook.running import leaderboard, run_search
from automl_tasks.search import make_plan
from automl_tasks.search.cores import MOST_LANES, usable_cores
from automl_tasks.search.crew import Crew
from automl_tasks.search.lean import free_memory
from automl_tasks.search.plan import run_key
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.notebook.arguments import Arguments, Target
    from automl_tasks.problem import Problem
    from automl_tasks.search import Plan

__all__ = ["Found", "fit_frame"]

_RUN = "fit"
_SMALLEST_SHARE = 0.1  # of the budget is left to the search, however long the frame took to store


@dataclass(frozen=True)
class Found:
    """What a fit leaves behind."""

    model: FittedModel
    plan: Plan
    leaderboard: pd.DataFrame
    notes: list[str]


def fit_frame(frame: pd.DataFrame, target: Target, arguments: Arguments) -> Found:
    """Search for the best model of a frame.

    Parameters
    ----------
    frame
        The features, from `plain_frame`.
    target
        As many values, and weights, as `frame` has rows.

    Raises
    ------
    DataError, ProblemError, SourceError
        Before any time is spent on models.
    SearchError
        When every trial failed.
    """
    start = time.monotonic()
    name = _free_name(target.name, list(frame.columns))
    table = frame.assign(**{name: target.column})
    weight = None
    if target.weight is not None:
        weight = _free_name("weight", list(table.columns))
        table = table.assign(**{weight: target.weight})
    problem = arguments.problem(name, weight)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nightshift-")))
        store = Store(folder)
        # They import their libraries while the table is written and the search planned.
        crew = stack.enter_context(_early_crew(folder, problem))
        snapshot = snapshot_frame(problem, store, table)
        minutes = arguments.minutes
        if arguments.trials is None:  # with trials, nothing may depend on the clock
            minutes = max(_SMALLEST_SHARE * minutes, minutes - (time.monotonic() - start) / 60)
        plan = make_plan(problem, store, snapshot.id, _RUN, minutes=minutes)
        free_memory()
        crew.resize(plan.lanes, plan.threads)
        summary, candidate = run_search(store, plan, progress=arguments.progress, crew=crew)
        model = FittedModel(store.path(f"{run_key(problem.name, _RUN)}/candidate"), plan, candidate)
        notes = [*snapshot.manifest.notes, *plan.notes, *candidate.notes, summary.message]
        return Found(model, plan, leaderboard(store, plan, candidate), notes)


def _early_crew(folder: Path, problem: Problem) -> Crew:
    cores = usable_cores()
    return Crew(
        min(cores, MOST_LANES),
        threads=cores,
        memory_gb=problem.budget.memory_gb,
        log=folder / "children.log",
    )


def _free_name(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name
