"""Rows that were not there: mixed from the columns of rows of which a model says much the same.

A student that learns the ensemble's answers for them as well sees what the ensemble does between
the training rows (Bucilua, Caruana, Niculescu-Mizil 2006, Model compression, MUNGE; neighbours here
are those in the ensemble's answer, which any table has).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["mixed_rows"]

_SWAPPED = 0.3  # of a row's cells, that come from the other row
_NEAR = 0.02  # of the rows, within which the other one lies


def mixed_rows(
    frame: pd.DataFrame, prediction: NDArray[Any], count: int, seed: int = 0
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Rows made of two each.

    Parameters
    ----------
    prediction
        (n,) values or (n, classes) probabilities of the rows of `frame`.

    Returns
    -------
    frame of `count` rows, and the positions of the rows that gave most of their cells
    """
    random = np.random.default_rng(seed)
    order = _order(prediction)
    place = random.integers(0, len(order), count)
    reach = max(1, round(_NEAR * len(order)))
    other = np.clip(place + random.integers(-reach, reach + 1, count), 0, len(order) - 1)
    own, from_other = order[place], order[other]
    columns = {}
    for name in frame.columns:
        swapped = random.random(count) < _SWAPPED
        columns[name] = frame[name].array.take(np.where(swapped, from_other, own))
    return pd.DataFrame(columns, index=pd.RangeIndex(count)), own


def _order(prediction: NDArray[Any]) -> NDArray[np.int64]:
    """Rows side by side that are answered alike: by class, then by how sure that is."""
    if prediction.ndim == 1:
        return np.argsort(prediction, kind="stable")
    if prediction.shape[1] == 2:
        return np.argsort(prediction[:, 1], kind="stable")
    return np.lexsort((prediction.max(axis=1), prediction.argmax(axis=1)))
