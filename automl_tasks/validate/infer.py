"""The first suite: what the first snapshot looks like, with room for what may well change.

Critical is only what makes the data unusable; everything that may be a real change of the
world is a warning, because the monitor and the promotion gate judge those by their effect.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from automl_tasks.problem import Problem
from automl_tasks.validate.kinds import empty_columns, kind_of
from automl_tasks.validate.suite import Expectation

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["class_counts", "infer_expectations"]

_ROWS_KEPT = 0.5  # fewer than half of the first snapshot's rows: a broken delivery
_MISSING_GROWTH = 0.1
_MAX_CATEGORIES = 50
_MAX_CLASSES = 20  # of a target of whole numbers
_MAX_COLUMNS = 100  # with expectations of their own: each costs Great Expectations about 10 ms


def infer_expectations(frame: pd.DataFrame, problem: Problem) -> list[Expectation]:
    """Expectations that later snapshots of the problem are held to.

    Presence, kind, infinities and emptiness are expected of every column by one entry each;
    the first 100 columns also get their share of missing values and range or categories.
    """
    columns = [name for name in frame.columns if name not in problem.ignore]
    features = [name for name in columns if name not in (problem.target, problem.time)]
    entries = _of_the_table(frame[columns], problem, features)
    entries += _of_the_target(frame[problem.target], problem)
    if problem.time:
        entries.append(_entry("expect_column_values_to_not_be_null", "critical", problem.time))
    for name in features[:_MAX_COLUMNS]:
        entries += _of_a_feature(frame[name], name, unique=name in problem.id)
    return entries


def class_counts(target: pd.Series[Any], problem: Problem) -> pd.Series[int] | None:
    """Rows of each class, or None when the target looks like a quantity."""
    if problem.task == "regression":
        return None
    counts = target.value_counts()
    texts = kind_of(target) == "text"
    whole = bool((target.dropna() % 1 == 0).all()) if kind_of(target) == "number" else False
    few = len(counts) <= _MAX_CLASSES and whole
    return counts if problem.task or texts or few else None


def _of_the_table(frame: pd.DataFrame, problem: Problem, features: list[str]) -> list[Expectation]:
    columns = list(frame.columns)
    empty = set(empty_columns(frame, columns))
    kinds = {name: kind_of(frame[name]) for name in columns if name not in empty}
    if problem.task == "regression":
        kinds[problem.target] = "number"
    numbers = [name for name in columns if kinds.get(name, "number") == "number"]
    minimum = max(1, math.ceil(_ROWS_KEPT * len(frame)))
    entries = [
        _entry("expect_table_row_count_to_be_between", "critical", min_value=minimum),
        _entry(
            "expect_table_columns_to_match_set", "critical", column_set=columns, exact_match=False
        ),
        _entry("expect_columns_to_be_of_kinds", "critical", kinds=kinds),
        _entry("expect_numbers_to_be_finite", "critical", columns=numbers),
        _entry(
            "expect_columns_to_hold_values",
            "critical",
            columns=[name for name in features if name not in empty],
        ),
    ]
    if len(problem.id) == 1:
        entries.append(_entry("expect_column_values_to_be_unique", "warning", problem.id[0]))
    elif problem.id:
        ids = list(problem.id)
        entries.append(_entry("expect_compound_columns_to_be_unique", "warning", column_list=ids))
    return entries


def _of_the_target(target: pd.Series[Any], problem: Problem) -> list[Expectation]:
    limits: dict[str, Any] = {"min_value": 2}
    if problem.task == "binary":
        limits["max_value"] = 2
    entries = [
        _entry(
            "expect_column_unique_value_count_to_be_between", "critical", problem.target, **limits
        )
    ]
    counts = class_counts(target, problem)
    if counts is None:
        return entries + _range(target, problem.target)
    if len(counts):
        classes = sorted(counts.index.tolist(), key=str)
        entries.append(
            _entry(
                "expect_column_values_to_be_in_set", "warning", problem.target, value_set=classes
            )
        )
    return entries


def _of_a_feature(values: pd.Series[Any], name: str, *, unique: bool) -> list[Expectation]:
    missing = float(values.isna().mean())
    entries = []
    if missing + _MISSING_GROWTH < 1:
        mostly = round(1 - missing - _MISSING_GROWTH, 4)
        entries.append(
            _entry("expect_column_values_to_not_be_null", "warning", name, mostly=mostly)
        )
    if unique or missing == 1:
        return entries
    kind = kind_of(values)
    if kind == "number":
        entries += _range(values, name)
    if kind == "text":
        entries += _categories(values, name)
    return entries


def _range(values: pd.Series[Any], name: str) -> list[Expectation]:
    if kind_of(values) != "number":
        return []
    low, high = float(values.min()), float(values.max())
    width = high - low
    if not math.isfinite(width) or width == 0:
        return []
    return [
        _entry(
            "expect_column_values_to_be_between",
            "warning",
            name,
            f"the first snapshot held {low:g} to {high:g}",
            min_value=low - width,
            max_value=high + width,
        )
    ]


def _categories(values: pd.Series[Any], name: str) -> list[Expectation]:
    present = values.dropna()
    categories = sorted(present.unique().tolist())
    if len(categories) > min(_MAX_CATEGORIES, len(present) / 2):
        return []
    return [
        _entry(
            "expect_column_values_to_be_in_set",
            "warning",
            name,
            value_set=categories,
            mostly=0.95,
        )
    ]


def _entry(
    kind: str, severity: Any, column: str | None = None, note: str = "", **kwargs: Any
) -> Expectation:
    if column is not None:
        kwargs = {"column": column, **kwargs}
    return Expectation(type=kind, kwargs=kwargs, severity=severity, note=note)
