"""Which task the target's values ask for, and which rows have a label that can be learned."""

from __future__ import annotations

import numpy as np
import pandas as pd

from automl_tasks.errors import DataError
from automl_tasks.problem import Task
from automl_tasks.serve.steps.values import numbers, texts

__all__ = ["infer_task", "usable_rows"]

_FEW_CLASSES = 10
_SOME_CLASSES = 20
_ROWS_PER_CLASS = 5
_ROWS_PER_NUMBERED_CLASS = 50
_MOST_CLASSES = 1_000
_FEW_ROWS_PER_LEVEL = 3


def infer_task(target: pd.Series) -> Task:
    """Regression, or classification with two or more classes.

    Two distinct values are ``binary``; more texts, or few whole numbers, ``multiclass``: up to 10
    distinct ones, or up to 20 that count on from 0 or 1 with at least 50 rows each; other numbers
    are ``regression``. The problem file's ``task`` decides where this guesses wrong.

    Raises
    ------
    DataError
        When the target is all missing, has one value, or as good as every row has its own text.
    """
    present = _present(target)
    if present.dtype.kind == "M":
        raise DataError(
            "the target holds dates", where=_place(target), remedy="Predict a number or a class"
        )
    array = _as_numbers(present)
    if array is None:
        return _task_of_texts(present)
    finite = array[np.isfinite(array)]
    levels = np.unique(finite)
    if len(levels) < 2:
        raise _constant(target)
    if len(levels) == 2:
        return "binary"
    whole = bool((levels == np.floor(levels)).all())
    if not whole or len(finite) < _ROWS_PER_CLASS * len(levels):
        return "regression"
    if len(levels) <= _FEW_CLASSES:
        return "multiclass"
    return "multiclass" if _numbered_classes(levels, len(finite)) else "regression"


def usable_rows(target: pd.Series, task: Task) -> tuple[np.ndarray, list[str]]:
    """Rows whose label can be learned from, and a note on each kind of row that is left out.

    Raises
    ------
    DataError
        When what remains has one class or one value, when a regression target holds text or
        infinities, or a classification target numbers that look continuous or more than 1,000
        classes.
    """
    notes: list[str] = []
    usable = target.notna().to_numpy().copy()
    if not usable.all():
        notes.append(f"{int((~usable).sum())} rows have no label and are left out")
    _present(target)
    if task == "regression":
        _check_numbers(target[usable])
    else:
        _check_classes(target, usable, task, notes)
    return usable, notes


def _present(target: pd.Series) -> pd.Series:
    present = target.dropna()
    if present.empty:
        raise DataError(
            "the target has no value in any row" if len(target) else "there are no rows",
            where=_place(target),
            remedy="Name the column that holds the labels as target",
        )
    return present


def _place(target: pd.Series) -> str:
    return f"column {str(target.name)!r}"


def _example(values: pd.Series) -> str:
    """The first value as Python writes it, not as numpy does."""
    return repr(values.head(1).tolist()[0])


def _constant(target: pd.Series) -> DataError:
    return DataError(
        f"the target has one value only ({_example(target.dropna())})",
        where=_place(target),
        remedy="Give data that show at least two outcomes",
    )


def _as_numbers(present: pd.Series) -> np.ndarray | None:
    """Values as numbers with infinities kept, or None when some are not numbers."""
    if present.dtype.kind in "biuf":
        return present.to_numpy(dtype=np.float64)
    if present.dtype.kind == "m":
        return numbers(present)
    parsed = pd.to_numeric(pd.Series(texts(present)), errors="coerce").to_numpy(dtype=np.float64)
    return None if np.isnan(parsed).any() else parsed


def _task_of_texts(present: pd.Series) -> Task:
    distinct = len(set(texts(present)))
    if distinct < 2:
        raise _constant(present)
    if distinct > max(2, 0.5 * len(present)) or distinct > _MOST_CLASSES:
        raise DataError(
            f"the target has {distinct} different texts in {len(present)} rows",
            where=_place(present),
            remedy="A target is a number, or one of a few classes",
        )
    return "binary" if distinct == 2 else "multiclass"


def _numbered_classes(levels: np.ndarray, rows: int) -> bool:
    counted = levels[0] in (0, 1) and levels[-1] - levels[0] == len(levels) - 1
    return (
        bool(counted)
        and len(levels) <= _SOME_CLASSES
        and rows >= _ROWS_PER_NUMBERED_CLASS * len(levels)
    )


def _check_numbers(present: pd.Series) -> None:
    array = _as_numbers(present)
    if array is None:
        unread = np.isnan(numbers(present))
        example = _example(present[unread] if unread.any() else present)
        raise DataError(
            f"a regression target must be numbers (got {example})",
            where=_place(present),
            remedy="Correct these values, or set task: multiclass",
        )
    if np.isinf(array).any():
        raise DataError(
            f"the target is infinite in {int(np.isinf(array).sum())} rows",
            where=_place(present),
            remedy="Correct or leave out these rows",
        )
    if array.min() == array.max():
        raise _constant(present)


def _check_classes(target: pd.Series, usable: np.ndarray, task: Task, notes: list[str]) -> None:
    labels = texts(target)
    counts = pd.Series(labels[usable]).value_counts()
    _check_levels(target[usable], counts, task)
    single = sorted(counts.index[counts == 1])
    if single:
        usable &= ~np.isin(labels.astype(str), single)
        named = ", ".join(map(repr, single[:5])) + (", …" if len(single) > 5 else "")
        notes.append(f"{len(single)} classes have one row only and are left out: {named}")
    remaining = len(counts) - len(single)
    if remaining < 2:
        if len(counts) < 2:
            raise _constant(target)
        raise DataError(
            f"fewer than two classes have two rows or more (there are {counts.head(5).to_dict()})",
            where=_place(target),
            remedy="Give more rows of each class",
        )
    if remaining > _MOST_CLASSES or (task == "binary" and remaining > 2):
        raise DataError(
            f"the target has {remaining} classes, too many for task {task}",
            where=_place(target),
            remedy="Set task: multiclass" if task == "binary" else "Set task: regression",
        )


def _check_levels(present: pd.Series, counts: pd.Series, task: Task) -> None:
    """Refuse fractions, nearly each in a row or two of its own, as classes."""
    if len(counts) <= _SOME_CLASSES or len(present) >= _FEW_ROWS_PER_LEVEL * len(counts):
        return
    array = _as_numbers(present)
    if array is not None and not bool((array == np.floor(array)).all()):
        raise DataError(
            f"the target looks continuous: {len(counts):,} different numbers in "
            f"{len(present):,} rows (such as {_example(present)}), too many for task {task}",
            where=_place(present),
            remedy="Set task: regression",
        )
