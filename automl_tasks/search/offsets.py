"""The constant that moves predictions to the asked quantile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.measure import Measure

__all__ = ["best_offset"]

Array = NDArray[Any]


def best_offset(
    measure: Measure, y: Array, prediction: Array, weight: Array | None = None
) -> float:
    """What to add to every prediction so that the measure is best.

    Forests and neighbours predict means, and the mean of several quantiles need not be one. The
    quantile of the out-of-fold errors moves predictions to where the asked share of rows lies
    below: the right quantile where errors are alike, and the right share overall where they are
    not.

    Parameters
    ----------
    y, prediction
        (n,) values, and predictions by models that did not train on these rows.
    weight
        (n,) row weights; None: all equal.

    Returns
    -------
    float
        0 for every measure but pinball.
    """
    if measure.name != "pinball" or len(y) == 0:
        return 0.0
    errors = np.asarray(y, dtype=np.float64) - prediction
    found = np.quantile(errors, measure.quantile, method="inverted_cdf", weights=weight)
    return float(found)
