"""Failed expectations in plain words: which column, what was expected, what came, which row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from automl_tasks.validate.engine import Outcome
from automl_tasks.validate.kinds import infinite_columns, kind_of
from automl_tasks.validate.result import Failure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["explain"]

_Explained = list[tuple[str | None, str, str]]  # column, observed, message


def explain(outcome: Outcome, frame: pd.DataFrame) -> list[Failure]:
    """Failures of an expectation that was not met, one for each column concerned."""
    entry = outcome.entry
    if outcome.error:
        found: _Explained = [
            (entry.column, "not checked", f"{entry.type} could not be checked: {outcome.error}")
        ]
    else:
        found = _EXPLANATIONS.get(entry.type, _any)(outcome, frame)
    return [
        Failure(
            expectation=entry.type,
            column=column,
            severity=entry.severity,
            observed=observed,
            message=message,
        )
        for column, observed, message in found
    ]


def _rows(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    minimum = outcome.entry.kwargs.get("min_value")
    maximum = outcome.entry.kwargs.get("max_value")
    limits = [f"at least {minimum:,}"] if minimum is not None else []
    limits += [f"at most {maximum:,}"] if maximum is not None else []
    rows = f"{len(frame):,} rows"
    return [(None, rows, f"the table has {rows}; expected {' and '.join(limits)}")]


def _columns(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    expected = list(outcome.entry.kwargs.get("column_set") or ())
    missing = [name for name in expected if name not in frame.columns]
    found: _Explained = [(name, "missing", f"column {name!r} is missing") for name in missing]
    if outcome.entry.kwargs.get("exact_match", True):
        extra = [name for name in frame.columns if name not in expected]
        found += [(name, "new", f"column {name!r} is new") for name in extra]
    return found


def _kinds(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    found: _Explained = []
    for name in outcome.result["observed_value"]:
        kind, expected = kind_of(frame[name]), outcome.entry.kwargs["kinds"][name]
        where = _first_of_other_kind(frame[name], expected)
        message = f"column {name!r} holds {kind}s; expected {expected}s{where}"
        found.append((name, kind, message))
    return found


def _first_of_other_kind(values: pd.Series[Any], expected: str) -> str:
    import pandas as pd

    if kind_of(values) != "text" or expected != "number":
        return ""
    other = values.notna() & pd.to_numeric(values, errors="coerce").isna()
    return f", {_first(other)}" if other.any() else ""


def _finite(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    import numpy as np

    found: _Explained = []
    for name, count in infinite_columns(frame, outcome.result["observed_value"]).items():
        first = _first(np.isinf(frame[name]))
        message = f"column {name!r} holds {_values(count, 'infinite')}, {first}"
        found.append((name, f"{count:,} infinite", message))
    return found


def _empty(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    rows = f"in all {len(frame):,} rows"
    return [
        (name, "no value", f"column {name!r} is missing {rows}")
        for name in outcome.result["observed_value"]
    ]


def _distinct(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    name, count = outcome.entry.kwargs["column"], outcome.result.get("observed_value", 0)
    if count == 0:
        message = f"column {name!r} is missing in all {len(frame):,} rows"
    elif count == 1:
        (value,) = frame[name].dropna().head(1).tolist()
        message = f"column {name!r} holds the single value {value!r}"
    else:
        message = f"column {name!r} holds {count:,} distinct values"
    limits = [
        f"at {word} {outcome.entry.kwargs[key]:,}"
        for word, key in (("least", "min_value"), ("most", "max_value"))
        if outcome.entry.kwargs.get(key) is not None
    ]
    return [(name, f"{count:,} distinct", f"{message}; expected {' and '.join(limits)}")]


def _not_null(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    name = outcome.entry.kwargs["column"]
    share = float(frame[name].isna().mean())
    allowed = 1 - float(outcome.entry.kwargs.get("mostly", 1.0))
    message = f"column {name!r}: {share:.1%} of the values are missing; allowed {allowed:.1%}"
    if allowed == 0:
        message += f", {_first(frame[name].isna())}"
    return [(name, f"{share:.1%} missing", message)]


def _between(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    name, kwargs = outcome.entry.kwargs["column"], outcome.entry.kwargs
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    values = frame[name]
    outside = values.notna() & ~values.between(
        values.min() if low is None else low, values.max() if high is None else high
    )
    count = _values(int(outside.sum()), "beyond")
    limits = f"{'…' if low is None else f'{low:g}'} to {'…' if high is None else f'{high:g}'}"
    return [(name, count, f"column {name!r}: {count} {limits}, {_first(outside)}")]


def _in_set(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    name, values = outcome.entry.kwargs["column"], frame[outcome.entry.kwargs["column"]]
    strange = values.notna() & ~values.isin(outcome.entry.kwargs.get("value_set") or ())
    count = int(strange.sum())
    share = count / max(int(values.notna().sum()), 1)
    message = f"column {name!r}: {_values(count, 'new')} ({share:.1%}), {_first(strange)}"
    return [(name, f"{count:,} new", message)]


def _unique(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    names = outcome.entry.kwargs.get("column_list") or [outcome.entry.kwargs["column"]]
    twice = frame.duplicated(names)
    count = int(twice.sum())
    row = int(twice.to_numpy().argmax()) + 1
    what = " and ".join(repr(name) for name in names)
    message = f"{count:,} rows repeat the id of an earlier row ({what}), first row {row:,}"
    return [(names[0] if len(names) == 1 else None, f"{count:,} repeated", message)]


def _any(outcome: Outcome, frame: pd.DataFrame) -> _Explained:
    """For expectations that an owner wrote."""
    del frame
    entry, result = outcome.entry, outcome.result
    shown = {key: value for key, value in entry.kwargs.items() if key != "column"}
    arguments = ", ".join(f"{key}={value!r}" for key, value in shown.items())[:200]
    observed = str(result.get("observed_value", result.get("partial_unexpected_list", "")))[:200]
    subject = f"column {entry.column!r}: " if entry.column else ""
    message = f"{subject}{entry.type}({arguments}) is not met; observed {observed}"
    return [(entry.column, observed, message)]


def _first(mask: pd.Series[bool]) -> str:
    # The place only: messages reach logs, alerts and mail, where no cell of the data belongs.
    return f"first in row {int(mask.to_numpy().argmax()) + 1:,}"


def _values(count: int, adjective: str) -> str:
    return f"{count:,} {adjective} value{'' if count == 1 else 's'}"


_EXPLANATIONS: dict[str, Callable[[Outcome, pd.DataFrame], _Explained]] = {
    "expect_table_row_count_to_be_between": _rows,
    "expect_table_columns_to_match_set": _columns,
    "expect_columns_to_be_of_kinds": _kinds,
    "expect_numbers_to_be_finite": _finite,
    "expect_columns_to_hold_values": _empty,
    "expect_column_unique_value_count_to_be_between": _distinct,
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_be_unique": _unique,
    "expect_compound_columns_to_be_unique": _unique,
}
