"""The folds: rows to train on, and rows to check on that the training has not seen."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.problem import Problem
from automl_tasks.search.grouping import deal_groups, group_codes, unseen
from automl_tasks.search.neighbours import blocks
from automl_tasks.search.ordering import before_gap, check_sides, gap_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fold", "fold_count", "fold_rows", "merge_repeats"]

Rows = NDArray[np.int64]
Fold = tuple[Rows, Rows]

_FIRST_BLOCK = 0.4  # share of the development rows that only ever train
_REPEATS = 3
_FEW_ROWS = 100
_FEW_OF_A_CLASS = 5
_CHEAP_ROWS = 1_000


def fold_count(
    rows: Rows,
    labels: NDArray[Any],
    problem: Problem,
    frame: pd.DataFrame | None = None,
    *,
    wanted: int = 5,
) -> int:
    """How many folds `fold_rows` shall make of these rows.

    By time 4, or 2 of few rows. At random as many as are wanted, but never more than there are
    groups, or rows of the rarer of two classes. Tables of fewer than 100 rows, and small ones
    with fewer than 5 rows of a class, are dealt three times, as one deal says little of them.

    Parameters
    ----------
    rows, labels, problem, frame
        As for `fold_rows`.
    wanted
        Folds of a random split where nothing speaks against it.

    Raises
    ------
    DataError
        When a class is in one group only, so it cannot be learned and checked.
    """
    if problem.split == "time":
        return _time_folds(rows, labels, problem, frame)
    folds, codes = wanted, _codes(labels, problem)
    if codes is None:
        folds = min(folds, len(rows) // 2)
    elif problem.task == "binary":
        folds = min(folds, int(np.bincount(codes).min()))
    if problem.group is not None:
        groups = group_codes(_needed(frame, rows), problem)
        folds = min(folds, len(np.unique(groups)), _groups_of_a_class(groups, codes, problem))
    return max(2, folds) * _repeats(labels, problem)


def fold_rows(
    rows: Rows,
    labels: NDArray[Any],
    folds: int,
    problem: Problem,
    frame: pd.DataFrame | None = None,
) -> list[Fold]:
    """Training and validation positions of each fold.

    By time: expanding windows, each validated on the block that follows it; the oldest rows are
    never validated, and rows nearer than the gap never train. At random: stratified by class, and
    dealt several times where `fold_count` says so: then each row is validated in several folds.
    Blocks of neighbouring rows are dealt whole. Groups stay whole; by time, rows of groups that
    training has are not validated.

    Parameters
    ----------
    rows
        Positions in the snapshot; by time oldest first.
    labels
        Of these rows.
    frame
        The whole snapshot; needed with groups and gaps.

    Raises
    ------
    ProblemError
        When a gap or groups leave a fold without rows.
    """
    if problem.split == "time":
        return _in_time(rows, folds, problem, frame)
    repeats = _repeats(labels, problem)
    if folds % repeats or folds // repeats < 2:
        repeats = 1
    codes = _codes(labels, problem)
    groups = None if problem.group is None else group_codes(_needed(frame, rows), problem)
    if problem.split == "blocks" and groups is None:
        groups = blocks(len(rows), codes)
    found = []
    for repeat in range(repeats):
        rng = np.random.default_rng([problem.seed, repeat] if repeat else problem.seed)
        dealt = (
            _deal(len(rows), codes, folds // repeats, rng)
            if groups is None
            else deal_groups(groups, codes, folds // repeats, rng)
        )
        found += [(rows[dealt != fold], rows[dealt == fold]) for fold in range(folds // repeats)]
    return found


def merge_repeats(rows: Rows, prediction: NDArray[Any]) -> tuple[Rows, NDArray[np.float64]]:
    """Each row once, in order, with the mean of its (n,) or (n, k) predictions."""
    found, places, counts = np.unique(rows, return_inverse=True, return_counts=True)
    sums = np.zeros((len(found), *prediction.shape[1:]))
    np.add.at(sums, places, prediction)
    return found, sums / counts.reshape(-1, *[1] * (prediction.ndim - 1))


def _time_folds(
    rows: Rows, labels: NDArray[Any], problem: Problem, frame: pd.DataFrame | None
) -> int:
    if len(rows) >= 40:
        try:
            return len(fold_rows(rows, labels, 4, problem, frame))
        except ProblemError:
            pass  # longer blocks may have rows where shorter ones have none
    return len(fold_rows(rows, labels, 2, problem, frame))


def _in_time(rows: Rows, folds: int, problem: Problem, frame: pd.DataFrame | None) -> list[Fold]:
    cuts = np.round(np.linspace(_FIRST_BLOCK, 1.0, folds + 1) * len(rows)).astype(np.int64)
    found = [(rows[:cut], rows[cut:end]) for cut, end in pairwise(cuts)]
    if gap_words(problem):
        whole = _needed(frame)
        found = [(before_gap(whole, train, valid, problem), valid) for train, valid in found]
    if problem.group is not None:
        groups = group_codes(_needed(frame), problem)
        found = [(train, valid[unseen(groups[train], groups[valid])]) for train, valid in found]
    for train, valid in found:
        check_sides(train, valid, problem)
    return found


def _deal(
    count: int, codes: NDArray[np.int64] | None, folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Fold of each row: shuffled, grouped by class, dealt like cards."""
    shuffled = rng.permutation(count)
    if codes is not None:
        shuffled = shuffled[np.argsort(codes[shuffled], kind="stable")]
    dealt = np.empty(count, dtype=np.int64)
    dealt[shuffled] = np.arange(count) % folds
    return dealt


def _repeats(labels: NDArray[Any], problem: Problem) -> int:
    codes = _codes(labels, problem)
    rare = codes is not None and int(np.bincount(codes).min()) < _FEW_OF_A_CLASS
    few = len(labels) < _FEW_ROWS or (rare and len(labels) < _CHEAP_ROWS)
    return _REPEATS if few else 1


def _codes(labels: NDArray[Any], problem: Problem) -> NDArray[np.int64] | None:
    import pandas as pd

    if problem.task == "regression":
        return None
    return np.asarray(pd.factorize(labels)[0], dtype=np.int64)


def _groups_of_a_class(
    groups: NDArray[np.int64], codes: NDArray[np.int64] | None, problem: Problem
) -> int:
    """Groups of the class that is in the fewest; only two classes need each in every fold."""
    if codes is None or problem.task != "binary":
        return len(groups)
    fewest = min(len(np.unique(groups[codes == code])) for code in range(int(codes.max()) + 1))
    if fewest < 2:
        raise DataError(
            f"one of the two classes is in one group of {problem.group!r} only",
            where=f"{problem.name}, target {problem.target!r}",
            remedy="Give more groups, or leave 'group' out",
        )
    return fewest


def _needed(frame: pd.DataFrame | None, rows: Rows | None = None) -> pd.DataFrame:
    if frame is None:
        raise ValueError("folds with groups or gaps need the frame")
    return frame if rows is None else frame.iloc[rows]
