"""Runs expectations in Great Expectations, in an ephemeral context."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl_tasks.errors import ProblemError
from automl_tasks.validate.suite import Expectation

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Outcome", "build_expectations", "run_expectations"]

_COLUMNS_AT_ONCE = 20  # the engine copies the frame for every expectation of a column


@dataclass(frozen=True)
class Outcome:
    """What came of one expectation.

    Attributes
    ----------
    result
        The part of Great Expectations' result that describes the data.
    error
        Why it could not be checked, else empty.
    """

    entry: Expectation
    success: bool
    result: dict[str, Any]
    error: str


def build_expectations(entries: Sequence[Expectation], where: str) -> list[Any]:
    """Great Expectations' objects of the entries.

    Raises
    ------
    ProblemError
        For an unknown type or wrong arguments, naming the entry.
    """
    with _quiet():
        from great_expectations.exceptions import ExpectationNotFoundError
        from great_expectations.expectations.registry import get_expectation_impl

        import automl_tasks.validate.expectations  # noqa: F401  # registers ours
    built = []
    for position, entry in enumerate(entries):
        try:
            kind = get_expectation_impl(entry.type)
            meta = {"position": position}
            built.append(kind(**entry.kwargs, severity=entry.severity, meta=meta))
        except ExpectationNotFoundError as error:
            what = f"expectations.{position}: there is no expectation {entry.type!r}"
            raise ProblemError(
                what, where=where, remedy="Correct its type, or delete the entry"
            ) from error
        except (ValueError, TypeError) as error:
            reason = "; ".join(str(error).splitlines()[1:]) or str(error)
            what = f"expectations.{position} ({entry.type}): {' '.join(reason.split())}"
            raise ProblemError(
                what, where=where, remedy="Correct its kwargs, or delete the entry"
            ) from error
    return built


def run_expectations(
    frame: pd.DataFrame, entries: Sequence[Expectation], where: str
) -> list[Outcome]:
    """Check a frame; outcomes in the order of the entries."""
    outcomes: list[Outcome] = []
    for columns, group in _groups(frame, entries):
        outcomes += _run(frame if columns is None else frame[columns], group, where)
    order = {id(entry): position for position, entry in enumerate(entries)}
    return sorted(outcomes, key=lambda outcome: order[id(outcome.entry)])


def _groups(
    frame: pd.DataFrame, entries: Sequence[Expectation]
) -> Iterator[tuple[list[str] | None, list[Expectation]]]:
    table = [entry for entry in entries if entry.column not in frame.columns]
    if table:
        yield None, table
    columns = list(dict.fromkeys(e.column for e in entries if e.column in frame.columns))
    for start in range(0, len(columns), _COLUMNS_AT_ONCE):
        some = [name for name in columns[start : start + _COLUMNS_AT_ONCE] if name is not None]
        yield some, [entry for entry in entries if entry.column in some]


def _run(frame: pd.DataFrame, entries: list[Expectation], where: str) -> list[Outcome]:
    built = build_expectations(entries, where)
    with _quiet():
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("snapshot").add_dataframe_asset("rows")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name="suite", expectations=built)
        validation = batch.validate(suite, result_format="BASIC")
    return [
        Outcome(
            entry=entries[each.expectation_config.meta["position"]],
            success=bool(each.success),
            result=dict(each.result or {}),
            error=_error(each.exception_info),
        )
        for each in validation.results
    ]


def _error(information: dict[str, Any] | None) -> str:
    """The first exception's message; each metric of an expectation may have one."""
    information = information or {}
    nested = information if "raised_exception" not in information else {"": information}
    messages = [
        str(each.get("exception_message") or "")
        for each in nested.values()
        if isinstance(each, dict) and each.get("raised_exception")
    ]
    return " ".join(messages[0].split())[:200] if messages else ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations imports what Python has deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
