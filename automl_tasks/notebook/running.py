"""One search from plan to candidate: the stages in the order in which Airflow runs them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from automl_tasks.search import SearchSummary, build_candidate, hire, run_worker
from automl_tasks.search.assembly import trial_weights
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.plan import run_key
from automl_tasks.search.progress import score_of

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.search import Candidate, Plan
    from automl_tasks.search.crew import Crew
    from automl_tasks.store import Store

__all__ = ["leaderboard", "run_search"]


def run_search(
    store: Store, plan: Plan, *, progress: bool, crew: Crew | None = None
) -> tuple[SearchSummary, Candidate]:
    """Run a plan's trials, then build the candidate with the same child processes.

    Parameters
    ----------
    progress
        Draw a progress bar on standard error; plain lines where that is no terminal.
    crew
        Child processes of the caller's; default: own ones.

    Raises
    ------
    SearchError
        When every trial failed, with the commonest reasons.
    """
    from automl_tasks.cli.display import SearchProgress

    name, run = plan.problem.name, plan.run
    with ExitStack() as stack:
        told = stack.enter_context(SearchProgress()).update if progress else None
        crew = crew or stack.enter_context(hire(store, plan, "search"))
        summary = run_worker(store, name, run, on_progress=told, crew=crew)
        return summary, build_candidate(store, name, run, on_progress=told, crew=crew)


def leaderboard(store: Store, plan: Plan, candidate: Candidate) -> pd.DataFrame:
    """Every trial, the best first.

    Returns
    -------
    DataFrame
        ``trial``, ``family``, ``score`` (of the run's metric), ``folds`` on which it was measured,
        ``weight`` in the ensemble, ``seconds``, ``iterations``, ``peak_mb``, ``params``,
        ``status`` and ``reason`` of a failure.
    """
    import pandas as pd

    weights = trial_weights(candidate.members)
    trials = Ledger(store, run_key(plan.problem.name, plan.run)).trials()
    columns = {
        "trial": [trial.id for trial in trials],
        "family": [trial.family for trial in trials],
        "score": [score_of(plan, trial) for trial in trials],
        "folds": [len(trial.folds) for trial in trials],
        "weight": [weights.get(trial.id, 0.0) for trial in trials],
        "seconds": [round(trial.seconds, 3) for trial in trials],
        "iterations": [trial.iterations for trial in trials],
        "peak_mb": [trial.peak_mb for trial in trials],
        "params": [trial.configuration.params for trial in trials],
        "status": [trial.records[-1].status for trial in trials],
        "reason": [trial.reason for trial in trials],
    }
    return pd.DataFrame(columns)
