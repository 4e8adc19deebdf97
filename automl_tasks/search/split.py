"""Which rows train, which rows only the final check sees, and the folds between.

Everything follows from the rows and the plan, so every process and every retry computes the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem
from automl_tasks.search.resolve import task_of

if TYPE_CHECKING:
    from automl_tasks.search.plan import Plan

__all__ = ["Division", "Fold", "Split", "divide_rows", "fold_rows", "sample_rows", "split_rows"]

Rows = NDArray[np.int64]
Fold = tuple[Rows, Rows]

MAX_HOLDOUT = 20_000
_FIRST_BLOCK = 0.4  # share of the development rows that only ever train


@dataclass(frozen=True)
class Division:
    """Development and holdout rows, as positions in the snapshot, and what was noticed."""

    develop: Rows
    holdout: Rows
    notes: list[str]


@dataclass(frozen=True)
class Split:
    """A division with its folds: pairs of training and validation positions."""

    develop: Rows
    holdout: Rows
    folds: list[Fold]


def split_rows(plan: Plan, frame: pd.DataFrame) -> Split:
    """Rows of a planned search.

    Parameters
    ----------
    plan
        The run's plan.
    frame
        The whole snapshot, in source order.

    Returns
    -------
    Split
        Positions in the snapshot; `develop` and `holdout` are oldest first when the split is by
        time. The folds cover the search's sample when the plan has one.
    """
    division = divide_rows(frame, plan.problem, plan.window_rows)
    sample = sample_rows(division.develop, plan.search_rows, plan.problem)
    labels = frame[plan.problem.target].iloc[sample].to_numpy()
    return Split(
        division.develop, division.holdout, fold_rows(sample, labels, plan.folds, plan.problem)
    )


def divide_rows(frame: pd.DataFrame, problem: Problem, window_rows: int | None) -> Division:
    """Separate the holdout from the labelled rows; a `holdout` of 0 holds out none.

    By time, the newest share is held out, and rows of one time stay together. At random, a row's
    content decides, so the same rows are held out in every run and a champion can be compared on
    rows that it has never seen.

    Raises
    ------
    DataError
        When the labels cannot be learned.
    """
    from automl_tasks.features import usable_rows

    usable, notes = usable_rows(frame[problem.target], task_of(problem))
    ordered = _oldest_first(frame, problem)
    ordered = ordered[np.asarray(usable)[ordered]]
    if window_rows and window_rows < len(ordered):
        notes = [
            *notes,
            f"only the newest {window_rows:,} of {len(ordered):,} labelled rows are used",
        ]
        ordered = ordered[-window_rows:]
    by_time = problem.split == "time"
    held = _held_out(frame, ordered, problem)
    develop, holdout = ordered[~held], ordered[held]
    if not by_time:
        develop, holdout = np.sort(develop), np.sort(holdout)
    return Division(develop, holdout, notes)


def _held_out(frame: pd.DataFrame, ordered: Rows, problem: Problem) -> NDArray[np.bool_]:
    if problem.holdout == 0:
        return np.zeros(len(ordered), dtype=np.bool_)
    share = min(problem.holdout, MAX_HOLDOUT / max(1, len(ordered)))
    choose = _newest if problem.split == "time" else _by_content
    return _keep_two_of_each_class(frame, ordered, choose(frame, ordered, problem, share), problem)


def fold_rows(rows: Rows, labels: NDArray[Any], folds: int, problem: Problem) -> list[Fold]:
    """Training and validation positions of each fold.

    By time: expanding windows, each validated on the block that follows it; the oldest rows are
    never validated. At random: stratified by class.
    """
    if problem.split == "time":
        edges = np.linspace(_FIRST_BLOCK, 1.0, folds + 1) * len(rows)
        cuts = np.round(edges).astype(np.int64)
        return [(rows[:cut], rows[cut:end]) for cut, end in pairwise(cuts)]
    assigned = _dealt(labels, folds, problem)
    return [(rows[assigned != fold], rows[assigned == fold]) for fold in range(folds)]


def _dealt(labels: NDArray[Any], folds: int, problem: Problem) -> NDArray[np.int64]:
    """Fold of each row: shuffled, grouped by class, dealt like cards."""
    shuffled = np.random.default_rng(problem.seed).permutation(len(labels))
    if problem.task != "regression":
        codes = pd.factorize(labels)[0]
        shuffled = shuffled[np.argsort(codes[shuffled], kind="stable")]
    assigned = np.empty(len(labels), dtype=np.int64)
    assigned[shuffled] = np.arange(len(labels)) % folds
    return assigned


def sample_rows(develop: Rows, limit: int | None, problem: Problem) -> Rows:
    """At most `limit` development rows: the newest by time, else a random choice."""
    if limit is None or limit >= len(develop):
        return develop
    if problem.split == "time":
        return develop[-limit:]
    chosen = np.random.default_rng(problem.seed).choice(len(develop), limit, replace=False)
    return develop[np.sort(chosen)]


def _oldest_first(frame: pd.DataFrame, problem: Problem) -> Rows:
    """All positions by time (rows without one first), or in source order."""
    if problem.time is None:
        return np.arange(len(frame), dtype=np.int64)
    times = pd.Series(_times(frame, problem))
    ordered = times.sort_values(kind="stable", na_position="first")
    return ordered.index.to_numpy(dtype=np.int64)


def _times(frame: pd.DataFrame, problem: Problem) -> NDArray[Any]:
    """The time column as moments, or as numbers that count on."""
    from automl_tasks.serve.steps.values import moments, numbers

    for read in (moments, numbers):
        values = read(frame[problem.time])
        if not pd.isna(values).all():
            return np.asarray(values)
    raise ProblemError(
        f"the time column {problem.time!r} holds no dates and no numbers",
        where=problem.name,
        remedy="Dates are written as 2026-01-31 or 2026-01-31T12:00",
    )


def _newest(
    frame: pd.DataFrame, ordered: Rows, problem: Problem, share: float
) -> NDArray[np.bool_]:
    cut = len(ordered) - max(1, round(share * len(ordered)))
    if problem.time is not None:
        times = _times(frame, problem)[ordered]
        together = int(np.flatnonzero(times[:cut] != times[cut]).max(initial=-1)) + 1
        # A table of few distinct times would lose most of its rows to the holdout.
        cut = together if together >= cut - share * len(ordered) / 2 else cut
    return np.arange(len(ordered)) >= cut


def _by_content(
    frame: pd.DataFrame, ordered: Rows, problem: Problem, share: float
) -> NDArray[np.bool_]:
    fractions = _fractions(frame, ordered, problem)
    held = fractions < share
    for rows in _groups(frame, ordered, problem):
        # A metric needs each class in the holdout; development keeps two.
        if len(rows) > 2 and not held[rows].any():
            held[rows[fractions[rows] == fractions[rows].min()]] = True
    # Rows that are all alike cannot be told apart by content.
    return _newest(frame, ordered, problem, share) if held.all() else held


def _fractions(frame: pd.DataFrame, rows: Rows, problem: Problem) -> NDArray[np.float64]:
    """A number in [0, 1) from each row's content: uniform, and the same in every run."""
    from automl_tasks.ingest import row_ids

    ids = row_ids(frame.iloc[rows], problem)
    return np.array([int(each[:13], 16) for each in ids]) / float(16**13)


def _keep_two_of_each_class(
    frame: pd.DataFrame, ordered: Rows, held: NDArray[np.bool_], problem: Problem
) -> NDArray[np.bool_]:
    """Give rows of rare classes back to development, oldest first: folds need two of each."""
    if problem.task == "regression":
        return held
    held = held.copy()
    for rows in _groups(frame, ordered, problem):
        missing = 2 - int((~held[rows]).sum())
        if missing > 0:
            held[rows[held[rows]][:missing]] = False
    return held


def _groups(frame: pd.DataFrame, ordered: Rows, problem: Problem) -> list[Rows]:
    """Indices into `ordered` of each class; of all rows for regression."""
    if problem.task == "regression":
        return [np.arange(len(ordered))]
    codes = pd.factorize(frame[problem.target].iloc[ordered])[0]
    by_code = np.argsort(codes, kind="stable")
    return np.split(by_code, np.cumsum(np.bincount(codes))[:-1])
