"""Check a snapshot before anything is learned from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.ingest import Snapshot
from automl_tasks.problem import Problem
from automl_tasks.store import Store
from automl_tasks.validate.accepting import remedy
from automl_tasks.validate.comparing import check_classes, check_freshness
from automl_tasks.validate.engine import build_expectations, run_expectations
from automl_tasks.validate.infer import infer_expectations
from automl_tasks.validate.messages import explain
from automl_tasks.validate.result import Failure, Status, ValidationResult
from automl_tasks.validate.suite import Expectation, Suite, load_suite, save_suite, suite_key

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["validate_snapshot"]


def validate_snapshot(problem: Problem, store: Store, snapshot: Snapshot) -> ValidationResult:
    """Check a snapshot against the problem's suite.

    Without a suite one is inferred from this snapshot, which must meet it: what it cannot have
    learned (two target values, no infinities) still counts. It is stored when the snapshot is
    accepted. Nothing is published here.

    Raises
    ------
    ProblemError
        When the stored suite was edited into something that cannot be run.
    """
    frame = snapshot.read()
    stored = load_suite(store, problem.name)
    suite = stored or Suite(
        inferred_from=snapshot.id, expectations=infer_expectations(frame, problem)
    )
    failures = _check(frame, suite.expectations, str(store.path(suite_key(problem.name))))
    if problem.target in frame.columns:
        failures += check_classes(frame[problem.target], problem)
    failures += check_freshness(snapshot, problem, store)
    result = ValidationResult(
        snapshot=snapshot.id,
        status=_status(failures),
        checked=len(suite.expectations),
        failures=failures,
        first=suite.inferred_from == snapshot.id,
    )
    _record(problem, store, snapshot, result)
    if stored is None and result.status != "quarantine":
        save_suite(store, problem.name, suite)
    return result


def _check(frame: pd.DataFrame, entries: list[Expectation], where: str) -> list[Failure]:
    """Expectations of the table first: a column that fails there is asked nothing more."""
    build_expectations(entries, where)  # a wrong entry is reported as it is numbered in the file
    of_table = [entry for entry in entries if entry.column is None]
    failures = _failures(frame, of_table, where)
    failed = {failure.column for failure in failures if failure.column is not None}
    of_columns = [entry for entry in entries if entry.column not in failed | {None}]
    absent = {entry.column: entry for entry in of_columns if entry.column not in frame.columns}
    failures += [
        Failure(
            expectation=entry.type,
            column=name,
            severity=entry.severity,
            observed="missing",
            message=f"column {name!r} is missing",
        )
        for name, entry in absent.items()
    ]
    return failures + _failures(
        frame, [entry for entry in of_columns if entry.column not in absent], where
    )


def _failures(frame: pd.DataFrame, entries: list[Expectation], where: str) -> list[Failure]:
    outcomes = run_expectations(frame, entries, where)
    return [
        failure
        for outcome in outcomes
        if not outcome.success
        for failure in explain(outcome, frame)
    ]


def _status(failures: list[Failure]) -> Status:
    if any(failure.severity == "critical" for failure in failures):
        return "quarantine"
    return "warn" if failures else "pass"


def _record(problem: Problem, store: Store, snapshot: Snapshot, result: ValidationResult) -> None:
    key = f"{problem.name}/quarantine/{snapshot.id}.json"
    store.write_json(f"{problem.name}/validations/{snapshot.id}.json", result.model_dump())
    if result.status != "quarantine":
        store.delete(key)  # the suite was edited, and now the snapshot is accepted
        return
    reasons = [each.message for each in result.failures if each.severity == "critical"]
    store.write_json(
        key,
        {
            "snapshot": snapshot.id,
            "source": snapshot.manifest.source,
            "reasons": reasons,
            "remedy": remedy(problem.name, store),
        },
    )
