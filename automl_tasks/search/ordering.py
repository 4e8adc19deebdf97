"""The order of rows in time, and the gap that a late label leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["before_gap", "check_sides", "gap_words", "oldest_first", "times_of"]

Rows = NDArray[np.int64]


def oldest_first(frame: pd.DataFrame, problem: Problem) -> Rows:
    """All positions by time (rows without one first), or in source order."""
    import pandas as pd

    if problem.time is None:
        return np.arange(len(frame), dtype=np.int64)
    ordered = pd.Series(times_of(frame, problem)).sort_values(kind="stable", na_position="first")
    return ordered.index.to_numpy(dtype=np.int64)


def times_of(frame: pd.DataFrame, problem: Problem) -> NDArray[Any]:
    """The time column as moments, or as numbers that count on.

    Raises
    ------
    ProblemError
        When it holds neither.
    """
    import pandas as pd

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


def before_gap(frame: pd.DataFrame, train: Rows, checked: Rows, problem: Problem) -> Rows:
    """Training rows whose labels are known when the first of the checked rows is predicted.

    Parameters
    ----------
    train, checked
        Positions in `frame`, oldest first; all of `train` are older.

    Raises
    ------
    ProblemError
        When a gap in hours is asked for and the time column counts on in numbers.
    """
    hours = _gap_hours(problem)
    if problem.gap_rows:
        train = train[: max(0, len(train) - problem.gap_rows)]
    if not hours or not len(train) or not len(checked):
        return train
    times = times_of(frame.iloc[np.concatenate([train, checked])], problem)
    if times.dtype.kind != "M":
        if problem.gap_hours is None:
            return train
        raise ProblemError(
            f"'gap_hours' needs dates, and the time column {problem.time!r} holds numbers",
            where=problem.name,
            remedy="Give 'gap_rows' in its place, or dates as 2026-01-31T12:00",
        )
    later = times[len(train) :]
    known = later[~np.isnat(later)]
    if not len(known):
        return train
    limit = known.min() - np.timedelta64(round(hours * 3600e6), "us")
    # A row without a time counts as old, as `oldest_first` has it.
    near = np.asarray(times[: len(train)] > limit, dtype=np.bool_)
    return train[~near]


def check_sides(train: Rows, checked: Rows, problem: Problem) -> None:
    """Refuse a cut in time that leaves one of its sides without rows.

    Raises
    ------
    ProblemError
        Saying whether the gap, the groups or the number of rows is the reason.
    """
    if len(train) and len(checked):
        return
    gap = gap_words(problem)
    if not len(train) and gap:
        what, remedy = f"the gap of {gap} leaves no rows to train on", "Shorten the gap"
    elif len(train) and problem.group is not None:
        what = f"every group ({problem.group!r}) of the newer rows is also among the older ones"
        remedy = "Set split: random, or leave out group"
    else:
        what = f"in order of time no rows are left to {'check' if len(train) else 'train on'}"
        remedy = "Give more rows, or set split: random"
    raise ProblemError(what, where=problem.name, remedy=remedy)


def gap_words(problem: Problem) -> str:
    """The gap as a message says it."""
    hours = _gap_hours(problem)
    rows = f"{problem.gap_rows:,} rows" if problem.gap_rows else ""
    return " and ".join(part for part in (f"{hours:g} hours" if hours else "", rows) if part)


def _gap_hours(problem: Problem) -> float:
    if problem.time is None:
        return 0.0
    return problem.label_delay_hours if problem.gap_hours is None else problem.gap_hours
