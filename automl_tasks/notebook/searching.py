"""Third stage: plan, trials, ensemble, refit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from automl_tasks.cli.commands import new_run
from automl_tasks.notebook.fitted import FittedModel
from automl_tasks.notebook.prepare import Prepared, prepare
from automl_tasks.notebook.running import leaderboard, run_search
from automl_tasks.search import Candidate, Plan, SearchSummary, make_plan
from automl_tasks.search.plan import run_key

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.problem import Problem

__all__ = ["SearchResult", "search"]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    prepared
        What it searched on; it keeps a temporary store alive.
    summary
        How many trials ran, and in a sentence why it ended.
    leaderboard
        Every trial with its out-of-fold score, the best first.
    model
        Predicts raw rows; needs no folder and can be pickled.
    """

    prepared: Prepared
    plan: Plan
    summary: SearchSummary
    candidate: Candidate
    leaderboard: pd.DataFrame
    model: FittedModel

    @property
    def folder(self) -> Path:
        """Everything that the run wrote: plan, trials, candidate, logs."""
        return self.prepared.store.path(run_key(self.prepared.problem.name, self.plan.run))

    @property
    def notes(self) -> list[str]:
        """What the engine found worth saying."""
        return [*self.plan.notes, *self.candidate.notes, self.summary.message]


def search(
    problem: Problem | str | Path | Prepared,
    data: pd.DataFrame | None = None,
    *,
    minutes: float | None = None,
    trials: int | None = None,
    metric: str | None = None,
    progress: bool = True,
    home: str | Path | None = None,
    run: str | None = None,
) -> SearchResult:
    """Search for the best model of a problem within its budget.

    Parameters
    ----------
    problem
        A problem, the path of a problem file, or what `prepare` gave.
    data
        The rows, in place of the problem's source.
    minutes, trials, metric
        In place of the problem's.
    progress
        Draw a progress bar on standard error.
    home
        Folder that keeps everything, as ``NIGHTSHIFT_HOME`` does; default: a temporary one, which
        lives as long as the result.
    run
        Id of the run; with a `home`, an unfinished run of this id goes on.

    Raises
    ------
    DataError, ProblemError, SourceError
        Before any time is spent on models.
    SearchError
        When every trial failed, with the commonest reasons.
    """
    prepared = problem if isinstance(problem, Prepared) else prepare(problem, data, home=home)
    known, store, snapshot = prepared.problem, prepared.store, prepared.snapshot
    known = _in_one_process(known, trials)
    run = run or new_run(snapshot.id)
    plan = make_plan(known, store, snapshot.id, run, minutes=minutes, metric=metric)
    summary, candidate = run_search(store, plan, progress=progress)
    folder = store.path(f"{run_key(known.name, run)}/candidate")
    frame = prepared.frame
    model = FittedModel(folder, plan, candidate, set(frame.columns[frame.notna().all()]))
    board = leaderboard(store, plan, candidate)
    return SearchResult(prepared, plan, summary, candidate, board, model)


def _in_one_process(problem: Problem, trials: int | None) -> Problem:
    """The problem's workers are Airflow tasks; here one process has all cores."""
    limits = {"workers": 1, "trials": problem.budget.trials if trials is None else trials}
    return problem.model_copy(update={"budget": problem.budget.model_copy(update=limits)})
