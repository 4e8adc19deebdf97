"""The report that a person opens: Evidently draws it, after the decision, and decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor.drawing import draw_report
from automl_tasks.monitor.frames import features_of, reference_features
from automl_tasks.monitor.heading import report_heading, report_title
from automl_tasks.monitor.identity import stored_ids
from automl_tasks.monitor.ledger import load_decision, logged_batches
from automl_tasks.monitor.stored_rows import StoredRows
from automl_tasks.search import load_plan
from automl_tasks.serve.steps.values import moments
from automl_tasks.store.alerts import raise_alert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.monitor.decision import Decision
    from automl_tasks.problem import Problem
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["write_report"]

_ROWS, _MOST_ROWS = 5_000, 50_000


def write_report(
    problem: Problem, store: Store, decision_id: str, *, rows: int = _ROWS
) -> Path | None:
    """Draw the report of a stored decision, once.

    Parameters
    ----------
    rows
        Evidently's cost grows with the rows: of more a sample is drawn, and of more than 50,000
        always.

    Returns
    -------
    Path or None
        The HTML file. None when the decision compared no rows, or when the report failed: then an
        alert says so and the decision stands.

    Raises
    ------
    DataError
        When there is no such decision.
    """
    decision = load_decision(store, problem.name, decision_id)
    key, run = f"{problem.name}/reports/{decision.id}.html", decision.champion_run
    if run is None or not decision.arrivals:
        return None
    try:
        if not store.exists(key):
            plan = load_plan(store, problem.name, run)
            page = _page(problem, store, decision, plan, min(rows, _MOST_ROWS))
            store.write_bytes(key, page.encode())
    except Exception as error:
        # The loop goes on without a drawing. Type only: messages of libraries may quote cells.
        message = f"report failed: {type(error).__name__} while drawing decision {decision.id}"
        raise_alert(store, problem.name, "report failed", message, f"report-{decision.id}")
        return None
    return store.path(key)


def _page(problem: Problem, store: Store, decision: Decision, plan: Plan, most: int) -> str:
    stored = StoredRows(load_snapshot(store, problem.name, decision.snapshot))
    among = _newest(problem, store, decision, stored)
    reference = reference_features(store, plan, most)
    current = features_of(stored, plan, most, among=among)
    trained = StoredRows(load_snapshot(store, problem.name, plan.snapshot))
    every = np.arange(len(trained), dtype=np.int64)
    heading = report_heading(
        decision,
        f"{_rows_words(stored, among, problem, most)}, as snapshot {decision.snapshot} has them",
        f"{_rows_words(trained, every, problem, most)}, snapshot {plan.snapshot}, of which the "
        "champion was made",
    )
    return draw_report(
        reference,
        current,
        drift=decision.drift,
        roles=plan.roles,
        title=report_title(decision),
        heading=heading,
    )


def _newest(
    problem: Problem, store: Store, decision: Decision, stored: StoredRows
) -> NDArray[np.int64]:
    """Positions of the rows whose arrival the decision was about."""
    batches = logged_batches(store, problem.name)
    arrived = batches.index[batches.isin(decision.arrivals)]
    return np.flatnonzero(stored_ids(stored, problem).isin(arrived))


def _rows_words(rows: StoredRows, among: NDArray[np.int64], problem: Problem, most: int) -> str:
    """How many rows, of which days, and whether all of them are drawn."""
    words = f"{len(among):,} rows"
    if problem.time is not None and problem.time in rows.names:
        days = moments(rows.columns([problem.time])[problem.time].iloc[among])
        days = days[~np.isnat(days)].astype("datetime64[D]")
        if len(days):
            words += f" of {days.min()} to {days.max()}"
    return words if len(among) <= most else f"{words} (drawn: a sample of {most:,})"
