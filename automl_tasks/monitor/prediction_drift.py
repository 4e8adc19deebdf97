"""Whether the champion answers differently than it did on its own holdout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.monitor.columns import compare_column
from automl_tasks.monitor.stretches import Stretches, between
from automl_tasks.monitor.summary import ColumnDrift

__all__ = ["prediction_drift"]

_ROWS = 20_000


def prediction_drift(
    reference: NDArray[Any],
    current: NDArray[Any],
    *,
    confidence: float = 0.95,
    least_effect: float = 0.1,
    ordered: bool = True,
) -> ColumnDrift:
    """Compare predictions as a column is compared; of probabilities the class that moved most.

    Parameters
    ----------
    reference, current : (n,), (m,) arrays of values or labels, or (n, classes), (m, classes)
        Predictions in the order of time. Of more than 20,000 every so-manieth is compared.
    ordered
        Whether rows may resemble their neighbours.

    Returns
    -------
    ColumnDrift
        Of the column ``prediction``; `p_value` and `adjusted` are corrected for the number of
        classes. Of kind ``unknown`` when a class could not be compared or the classes differ.
    """
    there, here = _table(reference), _table(current)
    if there.shape[1] != here.shape[1]:
        return _unknown("the numbers of classes differ")
    stretches = between(there.index, here.index) if ordered else Stretches()
    found = [compare_column(there[name], here[name], stretches) for name in there.columns]
    tested = [each for each in found if each.p_value is not None]
    if len(tested) < len(found) or not tested:
        return _unknown(next((each.why for each in found if each.why), "there are no classes"))
    p_value = min(1.0, len(tested) * min(each.p_value or 0.0 for each in tested))
    effect = max(each.effect or 0.0 for each in tested)
    return tested[0].model_copy(
        update={
            "column": "prediction",
            "effect": effect,
            "p_value": p_value,
            "adjusted": p_value,
            "drifted": p_value < 1 - confidence and effect >= least_effect,
            "effective_rows": min(each.effective_rows or 0.0 for each in tested),
        }
    )


def _table(predictions: NDArray[Any]) -> pd.DataFrame:
    """A column per class, of two classes the second alone; thinned, at its positions."""
    array = np.asarray(predictions)
    table = pd.DataFrame(array if array.ndim == 2 else array[:, None])
    step = -(-len(table) // _ROWS) or 1
    return table.iloc[::step, 1:] if table.shape[1] == 2 else table.iloc[::step]


def _unknown(why: str) -> ColumnDrift:
    return ColumnDrift(column="prediction", kind="unknown", why=why)
