"""How much each row counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import DataError
from automl_tasks.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["row_weights", "stated_weights"]


def row_weights(frame: pd.DataFrame, problem: Problem) -> NDArray[np.float64] | None:
    """Weights of all rows, scaled to a mean of 1; None when the problem names no column.

    Boosters compare sums of weights with fixed numbers of rows, so the scale must not depend on
    the unit in which an owner counts.

    Raises
    ------
    DataError
        As `stated_weights`, or when all weights are 0.
    """
    values = stated_weights(frame, problem)
    if values is None:
        return None
    if not values.any():
        raise DataError(
            "all weights are 0",
            where=f"{problem.name}, column {problem.weight!r}",
            remedy="Give at least some rows a weight above 0, or leave 'weight' out",
        )
    return np.asarray(values / values.mean())


def stated_weights(frame: pd.DataFrame, problem: Problem) -> NDArray[np.float64] | None:
    """Weights as the problem's column has them; None when the problem names no column.

    Parameters
    ----------
    frame
        Rows with the column that ``problem.weight`` names.

    Raises
    ------
    DataError
        When a weight is missing, no number, infinite or below 0.
    """
    from automl_tasks.serve.steps.values import numbers

    if problem.weight is None:
        return None
    values = np.asarray(numbers(frame[problem.weight]), dtype=np.float64)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        example = frame[problem.weight][wrong].tolist()[0]
        raise DataError(
            f"{int(wrong.sum()):,} weights are no number from 0 on (such as {example!r})",
            where=f"{problem.name}, column {problem.weight!r}",
            remedy="Correct these rows; 0 makes a row count for nothing",
        )
    return values
