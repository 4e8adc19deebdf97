"""The report that a person opens: Evidently draws it, after the decision, and decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor.drawing import draw_report
from automl_tasks.monitor.frames import features_of, reference_features
from automl_tasks.monitor.identity import stored_ids
from automl_tasks.monitor.ledger import load_decision, logged_batches
from automl_tasks.monitor.stored_rows import StoredRows
from automl_tasks.search import load_plan
from automl_tasks.store.alerts import raise_alert

if TYPE_CHECKING:
    import pandas as pd

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
            drawn = min(rows, _MOST_ROWS)
            reference = reference_features(store, plan, drawn)
            current = _newest_features(problem, store, decision, plan, drawn)
            store.write_bytes(key, draw_report(reference, current).encode())
    except Exception as error:
        # The loop goes on without a drawing. Type only: messages of libraries may quote cells.
        message = f"report failed: {type(error).__name__} while drawing decision {decision.id}"
        raise_alert(store, problem.name, "report failed", message, f"report-{decision.id}")
        return None
    return store.path(key)


def _newest_features(
    problem: Problem, store: Store, decision: Decision, plan: Plan, rows: int
) -> pd.DataFrame:
    """Feature columns of the rows whose arrival the decision was about."""
    stored = StoredRows(load_snapshot(store, problem.name, decision.snapshot))
    batches = logged_batches(store, problem.name)
    arrived = batches.index[batches.isin(decision.arrivals)]
    among = np.flatnonzero(stored_ids(stored, problem).isin(arrived))
    return features_of(stored, plan, rows, among=among)
