"""One search from plan to candidate: the stages in the order in which Airflow runs them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING

from automl_tasks.search import SearchSummary, build_candidate, run_worker
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.plan import run_key

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.search import Candidate, Plan
    from automl_tasks.store import Store

__all__ = ["leaderboard", "run_search"]


def run_search(store: Store, plan: Plan, *, progress: bool) -> tuple[SearchSummary, Candidate]:
    """Run a plan's workers beside each other, then build the candidate.

    Parameters
    ----------
    progress
        Draw a progress bar on standard error; plain lines where that is no terminal.

    Raises
    ------
    SearchError
        When every trial failed, with the commonest reasons.
    """
    from automl_tasks.cli.display import SearchProgress

    name, run = plan.problem.name, plan.run
    with SearchProgress() if progress else nullcontext() as display:
        told = display.update if display else None
        if plan.workers == 1:
            summary = run_worker(store, name, run, on_progress=told)
        else:
            with ThreadPoolExecutor(plan.workers) as pool:  # each waits for a process of its own
                others = [
                    pool.submit(run_worker, store, name, run, worker)
                    for worker in range(1, plan.workers)
                ]
                summary = run_worker(store, name, run, on_progress=told)
                for other in others:
                    other.result()
        return summary, build_candidate(store, name, run, on_progress=told)


def leaderboard(store: Store, plan: Plan, candidate: Candidate) -> pd.DataFrame:
    """Every trial, the best first.

    Returns
    -------
    DataFrame
        ``trial``, ``family``, ``score`` (of the run's metric), ``weight`` in the ensemble,
        ``seconds``, ``iterations``, ``peak_mb``, ``params``, ``status``, ``reason`` of a failure.
    """
    import pandas as pd

    weights = {member.trial: member.weight for member in candidate.members}
    columns = ["score", "weight", "seconds", "iterations", "peak_mb", "params", "status", "reason"]
    rows = [
        {**trial.model_dump(), "trial": trial.id, "weight": weights.get(trial.id, 0.0)}
        for trial in Ledger(store, run_key(plan.problem.name, plan.run)).trials()
    ]
    return pd.DataFrame(rows, columns=["trial", "family", *columns])
