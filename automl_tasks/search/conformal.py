"""The tables from which a package makes prediction intervals and class sets.

They hold quantiles of what an ensemble's out-of-fold predictions missed by. Each of these comes
from models that trained without its row, so new rows fare as they did, or, with a bag of all folds'
models, a little better: by the bag's ambiguity (Krogh, Vedelsby 1995) errors are about 1 % smaller,
which is not corrected for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["conformal_state"]

Array = NDArray[Any]
State = dict[str, Any]

_FEWEST_ROWS = 10
_ROWS_OF_A_BIN = 250
_MOST_BINS = 10
_LEVELS = 101
_TAIL = 20  # quantiles at either end that are kept one by one
_DIGITS = 7


def conformal_state(y: Array, prediction: Array, weight: Array | None = None) -> State | None:
    """Tables for `serve.intervals`, of a finished model's out-of-fold predictions.

    Parameters
    ----------
    y
        (n,) values or class codes.
    prediction
        (n,) values, or (n, classes) probabilities as a package gives them: calibrated, with the
        offset.
    weight
        (n,) row weights; None: all equal.

    Returns
    -------
    dict or None
        For values ``edges`` and ``tables``: the errors differ with the prediction, so up to 10
        ranges of it, of at least 250 rows, each have their own quantiles, which need not lie
        around 0. For classes ``levels`` and ``values`` of the true class's probability. None
        with fewer than 10 rows.
    """
    counts = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    rows = counts > 0
    if rows.sum() < _FEWEST_ROWS or not np.isfinite(prediction).all():
        return None
    y, prediction, counts = y[rows], prediction[rows], counts[rows]
    if prediction.ndim == 2:
        return _table(prediction[np.arange(len(y)), y.astype(np.int64)], counts)
    edges = _edges(prediction)
    bins = np.searchsorted(edges, prediction, side="right")
    errors = y - prediction
    tables = [_table(errors[bins == at], counts[bins == at]) for at in range(len(edges) + 1)]
    return {"edges": edges.tolist(), "tables": tables}


def _edges(prediction: Array) -> Array:
    """Between ranges of about equally many predictions; equal predictions stay together."""
    values, counts = np.unique(prediction, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)])
    wanted = max(_ROWS_OF_A_BIN, -(-len(prediction) // _MOST_BINS))
    edges, begun = list[float](), 0
    while len(prediction) - before[begun] >= wanted + _ROWS_OF_A_BIN:
        begun = int(np.searchsorted(before, before[begun] + wanted))
        if len(prediction) - before[begun] < _ROWS_OF_A_BIN:
            break  # many equal ones: the few after them stay with them
        edges.append(float(values[begun]))
    return np.array(edges)


def _table(values: Array, counts: Array) -> State:
    """Quantiles of values, each row having its place between the ends of what it counts.

    Of n equal rows the k-th smallest is at k / (n + 1): a new row is as likely to fall into each
    of the n + 1 gaps between them.
    """
    order = np.argsort(values, kind="stable")
    values, counts = values[order], counts[order]
    above = np.cumsum(counts)
    levels = (above - counts / 2 + counts.mean() / 2) / (above[-1] + counts.mean())
    kept = _kept(levels)
    return {
        "levels": levels[kept].round(_DIGITS).tolist(),
        "values": [float(f"{value:.{_DIGITS}g}") for value in values[kept]],
    }


def _kept(levels: Array) -> Array:
    """Positions of a few hundred levels: evenly spread ones, and all at the ends."""
    if len(levels) <= _LEVELS:
        return np.arange(len(levels))
    ends = np.arange(_TAIL)
    spread = np.searchsorted(levels, np.linspace(0, 1, _LEVELS)[1:-1])
    chosen = np.concatenate([ends, spread, len(levels) - 1 - ends])
    return np.unique(np.clip(chosen, 0, len(levels) - 1))
