"""Rows that the table holds more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from automl_tasks.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["single_rows"]

_FEWEST = 0.5


def single_rows(
    frame: pd.DataFrame, rows: NDArray[np.int64], problem: Problem
) -> NDArray[np.bool_]:
    """Which of the rows have no copy among them, by whose errors those of new rows are told.

    A model whose folds had a copy of a row knows its answer, and the holdout, which keeps copies
    together, is not so easy. All rows where most have copies, which then are the rule for new rows
    too, and where time or groups divide the rows.

    Parameters
    ----------
    rows
        Positions in the frame.
    """
    from automl_tasks.ingest import row_ids

    if problem.split == "time" or problem.group is not None:
        return np.ones(len(rows), dtype=np.bool_)
    single = ~row_ids(frame.iloc[rows], problem).duplicated(keep=False).to_numpy()
    return single if single.mean() >= _FEWEST else np.ones(len(rows), dtype=np.bool_)
