"""Which columns tell a few boosted trees most of the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.serve.steps import Table

__all__ = ["gains", "sample_rows"]

_MOST_ROWS, _FEWEST_ROWS = 5_000, 500
_MOST_CELLS = 1_000_000
_TREES = 60
_FEWEST_ROUNDS = 5
_MANY_COLUMNS = 100


def sample_rows(rows: int, columns: int) -> np.ndarray:
    """Positions of at most 5,000 random rows, the same ones each time, in their order.

    Fewer with many columns, so that the trees are always a matter of a second.
    """
    most = int(np.clip(_MOST_CELLS // max(columns, 1), _FEWEST_ROWS, _MOST_ROWS))
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def gains(table: Table, y: np.ndarray) -> dict[str, float]:
    """Share of the loss reduction that each column brings to small boosted trees.

    Parameters
    ----------
    table
        Columns of numbers, or of texts, which are read as codes.
    y : (n,) array
        Encoded target: whole numbers are class codes.
    """
    import lightgbm

    array = np.column_stack([_as_numbers(values) for values in table.values()])
    params = {
        **_objective(y),
        "learning_rate": 0.15,
        "num_leaves": 15,
        "min_data_in_leaf": max(2, min(20, len(y) // 20)),
        "seed": 0,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    dear = params.get("num_class", 1) * max(1, len(table) // _MANY_COLUMNS)
    rounds = max(_FEWEST_ROUNDS, _TREES // dear)
    target = y if "num_class" in params or y.dtype.kind in "iub" else _standard(y)
    booster = lightgbm.train(params, lightgbm.Dataset(array, target, params=params), rounds)
    gain = booster.feature_importance("gain")
    return dict(zip(table, (gain / max(gain.sum(), 1e-300)).tolist(), strict=True))


def _as_numbers(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "O":
        return pd.factorize(values)[0].astype(np.float64)
    return values.astype(np.float64)


def _objective(y: np.ndarray) -> dict[str, Any]:
    if y.dtype.kind not in "iub":
        return {"objective": "regression"}
    classes = int(y.max(initial=0)) + 1
    if classes <= 2:
        return {"objective": "binary"}
    return {"objective": "multiclass", "num_class": classes}


def _standard(y: np.ndarray) -> np.ndarray:
    deviation = float(np.std(y))
    return np.asarray((y - np.mean(y)) / (deviation if deviation > 0 else 1.0))
