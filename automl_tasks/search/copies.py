"""Rows that the table holds more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.plan import Plan

if TYPE_CHECKING:
    from automl_tasks.store import Store

__all__ = ["single_rows"]

_FEWEST = 0.5


def single_rows(store: Store, plan: Plan, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the rows have no copy among them, by whose errors those of new rows are told.

    A model whose folds had a copy of a row knows its answer, and the holdout, which keeps copies
    together, is not so easy. All rows where most have copies, which then are the rule for new rows
    too, and where time or groups divide the rows.

    Parameters
    ----------
    rows
        Positions in the snapshot.
    """
    from automl_tasks.ingest import load_snapshot, row_ids

    problem = plan.problem
    if problem.split == "time" or problem.group is not None:
        return np.ones(len(rows), dtype=np.bool_)
    frame = load_snapshot(store, problem.name, plan.snapshot).read().iloc[rows]
    single = ~row_ids(frame, problem).duplicated(keep=False).to_numpy()
    return single if single.mean() >= _FEWEST else np.ones(len(rows), dtype=np.bool_)
