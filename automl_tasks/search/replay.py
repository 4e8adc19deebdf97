"""Fit a run's folds again as they were, and say whether the same candidate comes out."""

from __future__ import annotations

from automl_tasks.errors import SearchError
from automl_tasks.search.candidate import build_candidate, load_candidate
from automl_tasks.search.comparison import Comparison, compare_runs
from automl_tasks.search.decisions import Decided, read_decisions
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.plan import Plan, labels_key, load_plan, run_key
from automl_tasks.search.progress import OnProgress
from automl_tasks.search.worker import hire, run_worker
from automl_tasks.store import Store

__all__ = ["replay_run"]

# Times the budget of all workers, and more: a replay ends when its folds do.
_GENEROUS, _LEAST_SECONDS = 20.0, 3600.0


def replay_run(
    store: Store, name: str, run: str, *, on_progress: OnProgress | None = None
) -> Comparison:
    """Replay a finished run as the run ``RUN-replay`` of the same plan.

    Each fold that ended well is trained again, in the order of the decision log and exactly as far
    as the clock had let it come; folds that failed are taken over as they are. A replay that was
    interrupted goes on; one that has ended is made anew.

    Parameters
    ----------
    on_progress
        Called with what ``progress.json`` holds, after each fold.

    Raises
    ------
    ProblemError
        When no such run was planned.
    SearchError
        When it has no candidate, or kept no log; when a run of the replay's name is another.
    """
    plan = load_plan(store, name, run)
    load_candidate(store, name, run)
    # The ensemble writes a line, too, also of a search by a version that wrote none.
    lines = read_decisions(store, run_key(name, run))
    if not any(isinstance(line, Decided) for line in lines):
        raise SearchError(
            "the run kept no log of its decisions",
            where=f"{name}, run {run!r}",
            remedy="Replay a run that was searched by this version",
        )
    again = _planned(store, plan)
    verdict = f"{run_key(name, again.run)}/replay.json"
    with hire(store, again, "replay") as crew:
        run_worker(store, name, again.run, on_progress=on_progress, crew=crew)
        build_candidate(store, name, again.run, on_progress=on_progress, crew=crew)
    comparison = compare_runs(store, name, run, again.run)
    store.write_json(verdict, comparison.model_dump(mode="json"))
    return comparison


def _planned(store: Store, plan: Plan) -> Plan:
    """The replay's plan, written down beside the same labels and the folds that failed."""
    name, run = plan.problem.name, f"{plan.run}-replay"
    key = run_key(name, run)
    _check_free(store, name, run, plan.run)
    if store.exists(f"{key}/replay.json"):
        store.delete(key)
    seconds = _LEAST_SECONDS + _GENEROUS * plan.workers * plan.budget_seconds
    again = plan.model_copy(
        update={
            "run": run,
            "replays": plan.run,
            "reason": f"replay of {plan.run}",
            "budget_seconds": seconds,
            "search_seconds": seconds,
        }
    )
    store.write_bytes(labels_key(name, run), store.path(labels_key(name, plan.run)).read_bytes())
    store.write_json(f"{key}/plan.json", again.model_dump(mode="json"))
    _take_over_failures(Ledger(store, run_key(name, plan.run)), Ledger(store, key))
    return again


def _check_free(store: Store, name: str, run: str, original: str) -> None:
    """Refuse to write over a search that somebody has named like a replay."""
    key = run_key(name, run)
    if store.exists(f"{key}/plan.json") and load_plan(store, name, run).replays != original:
        raise SearchError(
            f"there is a run {run!r} already, and it is no replay of {original!r}",
            where=name,
            remedy=f"Move the folder {store.path(key)} elsewhere",
        )


def _take_over_failures(then: Ledger, now: Ledger) -> None:
    for trial in then.trials():
        for record in trial.records:
            if record.status != "ok":
                now.record(record)
