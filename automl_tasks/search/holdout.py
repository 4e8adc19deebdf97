"""Which labelled rows only the final check sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem
from automl_tasks.search.grouping import group_codes
from automl_tasks.search.ordering import times_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["held_out"]

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

MAX_HOLDOUT = 20_000


def held_out(frame: pd.DataFrame, ordered: Rows, problem: Problem) -> Mask:
    """Which of the ordered rows are held out.

    By time the newest share, rows of one time staying together. At random a row's content
    decides, or its group's: the same rows are held out in every run. Development keeps two rows
    of each class, and two groups.

    Raises
    ------
    ProblemError
        When all rows are of one group.
    """
    if problem.holdout == 0:
        return np.zeros(len(ordered), dtype=np.bool_)
    share = min(problem.holdout, MAX_HOLDOUT / max(1, len(ordered)))
    if problem.split == "time":
        held = _newest(frame, ordered, problem, share)
    elif problem.group is not None:
        return _by_group(frame, ordered, problem, share)
    else:
        held = _by_content(frame, ordered, problem, share)
    return _keep_two_of_each_class(frame, ordered, held, problem)


def _newest(frame: pd.DataFrame, ordered: Rows, problem: Problem, share: float) -> Mask:
    cut = len(ordered) - max(1, round(share * len(ordered)))
    if problem.time is not None:
        times = times_of(frame, problem)[ordered]
        together = int(np.flatnonzero(times[:cut] != times[cut]).max(initial=-1)) + 1
        # A table of few distinct times would lose most of its rows to the holdout.
        cut = together if together >= cut - share * len(ordered) / 2 else cut
    return np.arange(len(ordered)) >= cut


def _by_content(frame: pd.DataFrame, ordered: Rows, problem: Problem, share: float) -> Mask:
    fractions = _fractions(frame.iloc[ordered], problem)
    held = fractions < share
    for rows in _classes(frame, ordered, problem):
        # A metric needs each class in the holdout; development keeps two.
        if len(rows) > 2 and not held[rows].any():
            held[rows[fractions[rows] == fractions[rows].min()]] = True
    # Rows that are all alike cannot be told apart by content.
    return _newest(frame, ordered, problem, share) if held.all() else held


def _by_group(frame: pd.DataFrame, ordered: Rows, problem: Problem, share: float) -> Mask:
    """Groups whose value decides so, and the first group of a class that would have none."""
    rows = frame.iloc[ordered]
    groups = group_codes(rows, problem)
    count = int(groups.max()) + 1
    if count < 2:
        raise ProblemError(
            f"all rows are of one group: the column {problem.group!r} has one value",
            where=problem.name,
            remedy="Leave 'group' out, or name a column with several values",
        )
    first = np.unique(groups, return_index=True)[1]
    identity = problem.model_copy(update={"id": (problem.group,)})
    fractions = _fractions(rows.iloc[first], identity)
    held = fractions < share
    held[np.argmin(fractions)] = True
    held[np.argmax(fractions)] = False
    of_class = [np.unique(groups[each]) for each in _classes(frame, ordered, problem)]
    for own in of_class:
        if len(own) > 1 and not held[own].any():
            held[own[np.argmin(fractions[own])]] = True
    for own, each in zip(of_class, _classes(frame, ordered, problem), strict=True):
        # What is not learned cannot be checked: such a class goes to development whole.
        if (~held[groups[each]]).sum() < min(2, len(each)):
            held[own] = False
    return held[groups]


def _fractions(rows: pd.DataFrame, problem: Problem) -> NDArray[np.float64]:
    """A number in [0, 1) from each row's content: uniform, and the same in every run."""
    from automl_tasks.ingest import row_ids

    ids = row_ids(rows, problem)
    return np.array([int(each[:13], 16) for each in ids]) / float(16**13)


def _keep_two_of_each_class(
    frame: pd.DataFrame, ordered: Rows, held: Mask, problem: Problem
) -> Mask:
    """Give rows of rare classes back to development, oldest first: folds need two of each."""
    if problem.task == "regression":
        return held
    held = held.copy()
    for rows in _classes(frame, ordered, problem):
        missing = 2 - int((~held[rows]).sum())
        if missing > 0:
            held[rows[held[rows]][:missing]] = False
    return held


def _classes(frame: pd.DataFrame, ordered: Rows, problem: Problem) -> list[Rows]:
    """Indices into `ordered` of each class; of all rows for regression."""
    import pandas as pd

    if problem.task == "regression":
        return [np.arange(len(ordered))]
    codes = pd.factorize(frame[problem.target].iloc[ordered])[0]
    by_code = np.argsort(codes, kind="stable")
    return np.split(by_code, np.cumsum(np.bincount(codes))[:-1])
