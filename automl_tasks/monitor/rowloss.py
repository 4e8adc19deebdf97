"""What each row costs, by a loss that adds up over rows, whatever the problem's metric is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.search import Plan

__all__ = ["row_losses"]

_LEAST = 0.01  # probability: a single certain error must not outweigh a window


def row_losses(plan: Plan, y: NDArray[Any], prediction: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) log losses with probabilities of at least 1 %, or squared, absolute or pinball errors.

    Parameters
    ----------
    y
        (n,) values or class codes.
    prediction
        (n,) values or (n, classes) probabilities.
    """
    if plan.classes is not None:
        said = np.clip(prediction[np.arange(len(y)), y], _LEAST, 1 - _LEAST)
        return np.asarray(-np.log(said), dtype=np.float64)
    error = np.asarray(y, dtype=np.float64) - prediction
    quantile = plan.measure.predicted_quantile
    if quantile is not None:
        return np.asarray(np.maximum(quantile * error, (quantile - 1) * error))
    return np.asarray(error**2)
