"""Plan a search, before it starts, from the snapshot, the arguments and the last search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import DataError
from automl_tasks.problem import Budget, Problem, Role
from automl_tasks.search.budget import Clock, explain_seconds
from automl_tasks.search.configurations import configurations_for, terms_for
from automl_tasks.search.cores import MOST_LANES, usable_cores
from automl_tasks.search.fairness import balanced_weights, protected_groups
from automl_tasks.search.folds import fold_count
from automl_tasks.search.labels import Labels
from automl_tasks.search.plan import Plan, labels_key, load_plan, run_key
from automl_tasks.search.previous import previous_search
from automl_tasks.search.redact import without_secrets
from automl_tasks.search.resolve import check_columns, resolve, task_of, with_arguments
from automl_tasks.search.split import Division, divide_rows
from automl_tasks.search.weights import row_weights
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.features import TargetCodec

__all__ = ["make_plan"]

MIN_ROWS = 10
_FINISH_SHARE, _FINISH_SECONDS = 0.04, 1.0  # of the budget: ensemble and assessment, without refits
_SEARCH_CELLS = 20_000_000
_MIN_SEARCH_ROWS = 10_000
_FOLDS, _MANY_FOLDS = 5, 8
_MANY_FOLDS_ABOVE = 20_000  # rows, of which a first fold then leaves more to train on
_FOLD_SHARE = 0.1  # of the budget, that one fold may take
_ONE_THREAD_CELLS = 5_000_000  # smaller tables gain more from two models at once than two threads
_NEED_VARIETY = {"roc_auc", "average_precision", "r2"}


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
        plan, labels = _plan(
            resolved, store, snapshot_id, run, reason=reason, window_rows=window_rows
        )
        store.write_bytes(labels_key(problem.name, run), labels.to_bytes())
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
) -> tuple[Plan, Labels]:
    """The plan, and the encoded labels of the rows that it uses."""
    from automl_tasks.features import TargetCodec, check_steps, feature_columns, infer_roles
    from automl_tasks.ingest import load_snapshot
    from automl_tasks.meta import describe_table, table_fingerprint

    frame = load_snapshot(store, problem.name, snapshot_id).read()
    check_columns(frame, problem)
    check_steps(problem.steps, [name for name in frame.columns if name != problem.target])
    resolved, notes = resolve(problem, frame)
    division = divide_rows(frame, resolved, window_rows or None)
    _check_rows(division, resolved)
    developed = frame.iloc[division.develop]
    codec = TargetCodec.fit(developed[problem.target], task_of(resolved), resolved.positive)
    roles = infer_roles(developed.drop(columns=problem.target), resolved)
    notes += division.notes + _leak_notes(developed, roles, resolved)
    if not feature_columns(roles):
        raise DataError(
            "no column is left to learn from: all are ignored, constant or ids",
            where=problem.name,
            remedy="Shorten 'ignore', set 'roles', or add columns to the source",
        )
    y = _labels(codec, frame[problem.target], division)
    _check_holdout(y[division.holdout], resolved)
    folds = fold_count(
        division.develop,
        y[division.develop],
        resolved,
        frame,
        wanted=_MANY_FOLDS if len(division.develop) > _MANY_FOLDS_ABOVE else _FOLDS,
    )
    search_rows = _search_rows(len(division.develop), len(roles))
    if search_rows is not None:
        notes.append(
            f"trials use {search_rows:,} of {len(division.develop):,} rows, the table being large; "
            "the final models use all rows where time allows"
        )
    cells = len(division.develop) * len(roles)
    workers, lanes, threads = _parallel(resolved.budget, cells)
    budget = resolved.budget.minutes * 60
    rows = search_rows or len(division.develop)
    terms = terms_for(
        resolved,
        snapshot_id,
        rows=rows,
        columns=len(roles),
        folds=folds,
        classes=len(codec.classes or ()),
        window_rows=window_rows or None,
        seconds=_FOLD_SHARE * budget,
    )
    previous = previous_search(store, resolved, rows=rows, columns=len(roles))
    if previous is not None:
        notes.append(previous.note)
    configurations, leading = configurations_for(
        task_of(resolved), terms, rows, len(roles), previous.models if previous else ()
    )
    plan = Plan(
        run=run,
        snapshot=snapshot_id,
        problem=without_secrets(resolved),
        target=codec.state(),
        classes=codec.classes,
        roles=roles,
        groups=protected_groups(developed, resolved),
        labelled_rows=len(division.develop) + len(division.holdout),
        develop_rows=len(division.develop),
        holdout_rows=len(division.holdout),
        search_rows=search_rows,
        folds=folds,
        workers=workers,
        lanes=lanes,
        threads=threads,
        trials=resolved.budget.trials,
        memory_gb=resolved.budget.memory_gb,
        budget_seconds=budget,
        search_seconds=budget * (1 - _FINISH_SHARE)
        - min(_FINISH_SECONDS, 0.1 * budget)
        - explain_seconds(budget, len(division.holdout)),
        reason=reason,
        window_rows=window_rows or None,
        terms=terms,
        configurations=configurations,
        leading=leading,
        fingerprint=table_fingerprint(frame.columns, resolved.target),
        metafeatures=describe_table(developed, roles, y[division.develop], task_of(resolved)),
        notes=notes,
    )
    weight, own = row_weights(frame, resolved), None
    if resolved.fairness.mitigation == "reweighting":
        own = balanced_weights(frame, plan.groups, y, weight, division.develop)
    return plan, Labels(y, weight, division.develop, division.holdout, own)


def _labels(codec: TargetCodec, target: pd.Series, division: Division) -> NDArray[Any]:
    """(rows,) values or class codes; 0 in rows that are neither developed on nor held out."""
    used = np.concatenate([division.develop, division.holdout])
    codes = codec.encode(target.iloc[used])
    y = np.zeros(len(target), dtype=codes.dtype)
    y[used] = codes
    return y


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
    if rows < MIN_ROWS or (problem.holdout and len(division.holdout) == 0):
        raise DataError(
            f"{rows} labelled rows are too few to train and check a model",
            where=f"{problem.name}, target {problem.target!r}",
            remedy=f"Collect at least {MIN_ROWS} rows with a label",
        )


def _check_holdout(y: NDArray[Any], problem: Problem) -> None:
    """A metric that the holdout cannot give is an error now, not after the budget is spent."""
    known = np.unique(y)
    if not problem.holdout:
        return
    if len(known) < 2 and problem.metric in _NEED_VARIETY:
        raise DataError(
            f"the {len(y)} held-out rows all have one label, so {problem.metric} has no value",
            where=f"{problem.name}, target {problem.target!r}",
            remedy="Raise 'holdout', set split: random, or choose another metric",
        )


def _search_rows(rows: int, columns: int) -> int | None:
    limit = max(_MIN_SEARCH_ROWS, _SEARCH_CELLS // max(1, columns))
    return limit if rows > limit else None


def _parallel(budget: Budget, cells: int) -> tuple[int, int, int]:
    """Workers, lanes of each, and threads of each lane: no more in all than there are cores."""
    cores = usable_cores()
    workers = min(budget.workers, cores)
    own = max(1, cores // workers)
    if budget.trials is not None:  # what is decided must not depend on which of two ends first
        return workers, 1, own if cells > _ONE_THREAD_CELLS else 1
    return (workers, 1, own) if cells > _ONE_THREAD_CELLS else (workers, min(own, MOST_LANES), 1)
