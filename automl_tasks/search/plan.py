"""What a search will do, decided before it starts from the snapshot and the arguments alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.problem import Problem, Role, Task
from automl_tasks.search.budget import Clock
from automl_tasks.search.configurations import Configuration, configurations_for
from automl_tasks.search.redact import without_secrets
from automl_tasks.search.resolve import check_columns, resolve, task_of, with_arguments
from automl_tasks.search.split import Division, divide_rows
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Plan", "load_plan", "make_plan", "run_key"]

MIN_ROWS = 10
MIN_RESERVE = 0.15  # of the budget: refit, ensemble and assessment
_SEARCH_CELLS = 20_000_000
_MIN_SEARCH_ROWS = 10_000
_FEW_FOLDS_ABOVE = 50_000
_ONE_THREAD_CELLS = 100_000
_NEED_VARIETY = {"roc_auc", "average_precision", "r2"}


class Plan(BaseModel):
    """One search, resolved: nothing in it is left to a default.

    Attributes
    ----------
    target
        ``TargetCodec.state()``: how labels become codes.
    folds
        Number of folds; `split_rows` gives their rows.
    search_rows
        Development rows that the trials see; None: all of them.
    search_seconds
        Part of `budget_seconds` that trials may use at most.
    window_rows
        Only the newest so many labelled rows are used; None: all.
    """

    run: str
    snapshot: str
    problem: Problem
    target: dict[str, Any]
    classes: list[str] | None
    roles: dict[str, Role]
    labelled_rows: int
    develop_rows: int
    holdout_rows: int
    search_rows: int | None
    folds: int
    workers: int
    threads: int
    memory_gb: float
    budget_seconds: float
    search_seconds: float
    reason: str
    window_rows: int | None
    configurations: list[Configuration]
    notes: list[str]

    @property
    def task(self) -> Task:
        return task_of(self.problem)

    @property
    def metric(self) -> str:
        return str(self.problem.metric)


def run_key(name: str, run: str) -> str:
    """Where a run lives in the store."""
    return f"{name}/runs/{run}"


def load_plan(store: Store, name: str, run: str) -> Plan:
    """The plan of a run.

    Raises
    ------
    ProblemError
        When no such run was planned.
    """
    key = f"{run_key(name, run)}/plan.json"
    if not store.exists(key):
        raise ProblemError(
            f"run {run!r} of {name!r} was never planned",
            where=str(store.path(key)),
            remedy=f"Known runs: {', '.join(store.list(f'{name}/runs')) or 'none'}",
        )
    return Plan.model_validate(store.read_json(key))


def make_plan(
    problem: Problem,
    store: Store,
    snapshot_id: str,
    run: str,
    *,
    minutes: float | None = None,
    metric: str | None = None,
    reason: str = "",
    window_rows: int | None = None,
) -> Plan:
    """Decide rows, folds, families and times of a search, and write them down.

    Parameters
    ----------
    minutes, metric
        In place of the problem file's.
    reason
        Why this search runs; kept with it.
    window_rows
        Train on the newest so many labelled rows only.

    Returns
    -------
    Plan
        An existing plan of this run unchanged: a retry continues what was begun.

    Raises
    ------
    ProblemError, DataError
        When the problem file does not suit the data, or the labels cannot be learned.
    """
    key = f"{run_key(problem.name, run)}/plan.json"
    if store.exists(key):
        return load_plan(store, problem.name, run)
    with Clock(store, run_key(problem.name, run), "plan"):
        resolved = with_arguments(problem, minutes, metric)
        plan = _plan(resolved, store, snapshot_id, run, reason=reason, window_rows=window_rows)
        store.write_json(key, plan.model_dump(mode="json"))
    return plan


def _plan(
    problem: Problem,
    store: Store,
    snapshot_id: str,
    run: str,
    *,
    reason: str,
    window_rows: int | None,
) -> Plan:
    from automl_tasks.features import TargetCodec, check_steps, feature_columns, infer_roles
    from automl_tasks.ingest import load_snapshot

    frame = load_snapshot(store, problem.name, snapshot_id).read()
    check_columns(frame, problem)
    check_steps(problem.steps, [name for name in frame.columns if name != problem.target])
    resolved, notes = resolve(problem, frame)
    division = divide_rows(frame, resolved, window_rows or None)
    _check_rows(division, resolved)
    developed = frame.iloc[division.develop]
    codec = TargetCodec.fit(developed[problem.target], task_of(resolved))
    roles = infer_roles(developed.drop(columns=problem.target), resolved)
    notes += division.notes + _leak_notes(developed, roles, resolved)
    if not feature_columns(roles):
        raise DataError(
            "no column is left to learn from: all are ignored, constant or ids",
            where=problem.name,
            remedy="Shorten 'ignore', set 'roles', or add columns to the source",
        )
    _check_holdout(codec.encode(frame[problem.target].iloc[division.holdout]), resolved)
    folds = _fold_count(codec.encode(developed[problem.target]), resolved)
    search_rows = _search_rows(len(division.develop), len(roles))
    if search_rows is not None:
        notes.append(
            f"trials use {search_rows:,} of {len(division.develop):,} rows, the table being large; "
            "the final models use all rows where time allows"
        )
    cells = len(division.develop) * len(roles)
    workers, threads = _parallel(resolved.budget.workers, cells)
    budget = resolved.budget.minutes * 60
    return Plan(
        run=run,
        snapshot=snapshot_id,
        problem=without_secrets(resolved),
        target=codec.state(),
        classes=codec.classes,
        roles=roles,
        labelled_rows=len(division.develop) + len(division.holdout),
        develop_rows=len(division.develop),
        holdout_rows=len(division.holdout),
        search_rows=search_rows,
        folds=folds,
        workers=workers,
        threads=threads,
        memory_gb=resolved.budget.memory_gb,
        budget_seconds=budget,
        search_seconds=budget * (1 - MIN_RESERVE),
        reason=reason,
        window_rows=window_rows or None,
        configurations=configurations_for(
            resolved,
            snapshot_id,
            rows=search_rows or len(division.develop),
            columns=len(roles),
            folds=folds,
            window_rows=window_rows or None,
        ),
        notes=notes,
    )


def _leak_notes(frame: pd.DataFrame, roles: dict[str, Role], problem: Problem) -> list[str]:
    from automl_tasks.features import find_leaks

    leaks = find_leaks(frame[list(roles)], frame[problem.target], task_of(problem))
    return [
        f"column {column!r} alone predicts the target almost perfectly ({score:.3f}): if it is "
        "known only after the outcome, add it to 'ignore'"
        for column, score in leaks.items()
    ]


def _check_rows(division: Division, problem: Problem) -> None:
    rows = len(division.develop) + len(division.holdout)
    if rows < MIN_ROWS or len(division.holdout) == 0:
        raise DataError(
            f"{rows} labelled rows are too few to train and check a model",
            where=f"{problem.name}, target {problem.target!r}",
            remedy=f"Collect at least {MIN_ROWS} rows with a label",
        )


def _check_holdout(y: NDArray[Any], problem: Problem) -> None:
    """A metric that the holdout cannot give is an error now, not after the budget is spent."""
    known = np.unique(y)
    if len(known) < 2 and problem.metric in _NEED_VARIETY:
        raise DataError(
            f"the {len(y)} held-out rows all have one label, so {problem.metric} has no value",
            where=f"{problem.name}, target {problem.target!r}",
            remedy="Raise 'holdout', set split: random, or choose another metric",
        )


def _fold_count(y: Any, problem: Problem) -> int:
    if problem.split == "time":
        return 4 if len(y) >= 40 else 2
    folds = 3 if len(y) > _FEW_FOLDS_ABOVE else 5
    smallest = len(y) // 2 if problem.task == "regression" else int(np.bincount(y).min())
    return max(2, min(folds, smallest))


def _search_rows(rows: int, columns: int) -> int | None:
    limit = max(_MIN_SEARCH_ROWS, _SEARCH_CELLS // max(1, columns))
    return limit if rows > limit else None


def _parallel(workers: int, cells: int) -> tuple[int, int]:
    """Workers and threads of each: no more threads than cores, and one where more would wait."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    workers = min(workers, cores)
    return workers, max(1, cores // workers) if cells > _ONE_THREAD_CELLS else 1
