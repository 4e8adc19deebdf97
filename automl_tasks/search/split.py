"""Which rows train, which rows only the final check sees, and the folds between.

Everything follows from the rows and the plan, so every process and every retry computes the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import within
from automl_tasks.problem import Problem
from automl_tasks.search.folds import Fold, fold_count, fold_rows, merge_repeats
from automl_tasks.search.grouping import group_codes, unseen
from automl_tasks.search.holdout import held_out
from automl_tasks.search.ordering import before_gap, check_sides, gap_words, oldest_first
from automl_tasks.search.resolve import task_of

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.search.labels import Labels
    from automl_tasks.search.plan import Plan

__all__ = [
    "Division",
    "Fold",
    "Split",
    "divide_rows",
    "fold_count",
    "fold_rows",
    "merge_repeats",
    "sample_rows",
    "split_rows",
]

Rows = NDArray[np.int64]


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


def split_rows(plan: Plan, frame: pd.DataFrame, labels: Labels | None = None) -> Split:
    """Rows of a planned search.

    Parameters
    ----------
    plan
        The run's plan.
    frame
        The whole snapshot, in source order.
    labels
        Of the run, which know its division; None: the rows are divided anew, as they were then.

    Returns
    -------
    Split
        Positions in the snapshot; `develop` and `holdout` are oldest first when the split is by
        time. The folds cover the search's sample when the plan has one.
    """
    found = labels or divide_rows(frame, plan.problem, plan.window_rows)
    sample = sample_rows(found.develop, plan.search_rows, plan.problem)
    target = frame[plan.problem.target].iloc[sample].to_numpy()
    folds = fold_rows(sample, target, plan.folds, plan.problem, frame)
    return Split(found.develop, found.holdout, folds)


def divide_rows(frame: pd.DataFrame, problem: Problem, window_rows: int | None) -> Division:
    """Separate the holdout from the labelled rows; a `holdout` of 0 holds out none.

    By time, the newest share is held out, and rows of one time stay together. At random, a row's
    content decides, or its group's, so the same rows are held out in every run and a champion can
    be compared on rows that it has never seen. By time, rows within the gap before the holdout are
    left out, and so are rows of the holdout whose group is known before.

    Raises
    ------
    DataError
        When the labels cannot be learned.
    ProblemError
        When groups or the gap leave one side without rows.
    """
    from automl_tasks.features import usable_rows

    with within(problem.name):
        usable, notes = usable_rows(frame[problem.target], task_of(problem))
    ordered = oldest_first(frame, problem)
    ordered = ordered[np.asarray(usable)[ordered]]
    if window_rows and window_rows < len(ordered):
        notes = [
            *notes,
            f"only the newest {window_rows:,} of {len(ordered):,} labelled rows are used",
        ]
        ordered = ordered[-window_rows:]
    held = held_out(frame, ordered, problem)
    develop, holdout = ordered[~held], ordered[held]
    if problem.split != "time":
        return Division(np.sort(develop), np.sort(holdout), notes)
    if len(holdout):
        develop, holdout = _apart(frame, develop, holdout, problem, notes)
    return Division(develop, holdout, notes)


def _apart(
    frame: pd.DataFrame, develop: Rows, holdout: Rows, problem: Problem, notes: list[str]
) -> tuple[Rows, Rows]:
    """Both sides without what would tell of the other: rows in the gap, and known groups."""
    kept = before_gap(frame, develop, holdout, problem)
    if len(kept) < len(develop):
        words = gap_words(problem)
        notes.append(f"{len(develop) - len(kept):,} rows are in the gap of {words} and left out")
    if problem.group is not None:
        groups = group_codes(frame, problem)
        new = unseen(groups[kept], groups[holdout])
        notes.append(f"{int((~new).sum()):,} held-out rows are of known groups and left out")
        holdout = holdout[new]
    if problem.task != "regression":
        # The gap may hold the only older rows of a class.
        labels = frame[problem.target]
        holdout = holdout[labels.iloc[holdout].isin(labels.iloc[kept]).to_numpy()]
    check_sides(kept, holdout, problem)
    return kept, holdout


def sample_rows(develop: Rows, limit: int | None, problem: Problem) -> Rows:
    """At most `limit` development rows: the newest by time, else a random choice."""
    if limit is None or limit >= len(develop):
        return develop
    if problem.split == "time":
        return develop[-limit:]
    chosen = np.random.default_rng(problem.seed).choice(len(develop), limit, replace=False)
    return develop[np.sort(chosen)]
