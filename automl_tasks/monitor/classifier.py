"""The small classifier that tells two sides apart, judged on stretches of time it has not seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import lightgbm

__all__ = ["auc_interval", "cross_validated"]

_BLOCKS, _HELD = 10, 2
_ROUNDS = 40
_PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 8,
    "max_bin": 63,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


def cross_validated(
    features: NDArray[np.float64], reference_rows: int, current_rows: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """AUC of each of ten blocks of consecutive rows, and the gain of each column.

    Blocks are left out together with their neighbours: rows that resemble the ones before and
    after would be recognised by them.

    Parameters
    ----------
    features : (reference_rows + current_rows, columns) array
        In the order of time on each side.
    """
    import lightgbm

    sizes = (reference_rows, current_rows)
    target = np.repeat([0.0, 1.0], sizes)
    block = np.concatenate([np.arange(size) * _BLOCKS // size for size in sizes])
    # The sides count alike, however many rows they have.
    weight = np.repeat([1 / size for size in sizes], sizes) * min(sizes)
    aucs, gains = np.full(_BLOCKS, np.nan), np.zeros(features.shape[1])
    for fold in range(_BLOCKS // _HELD):
        first, last = fold * _HELD, (fold + 1) * _HELD - 1
        held = (block >= first) & (block <= last)
        seen = (block < first - 1) | (block > last + 1)
        data = lightgbm.Dataset(features[seen], target[seen], weight=weight[seen])
        booster = lightgbm.train({**_PARAMETERS, "seed": seed}, data, num_boost_round=_ROUNDS)
        gains += booster.feature_importance("gain")
        for number in np.unique(block[held]):
            inside = held & (block == number)
            aucs[number] = _auc(target[inside], _predicted(booster, features[inside]))
    return aucs, gains


def _predicted(booster: lightgbm.Booster, features: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(booster.predict(features, num_threads=1))


def _auc(target: NDArray[np.float64], score: NDArray[np.float64]) -> float:
    from scipy.stats import rankdata

    positive = target == 1
    ones, zeros = int(positive.sum()), int((~positive).sum())
    above = rankdata(score)[positive].sum() - ones * (ones + 1) / 2
    return float(above / (ones * zeros))


def auc_interval(
    aucs: NDArray[np.float64], reference_rows: int, current_rows: int, confidence: float
) -> tuple[float, float, float, float]:
    """Mean over the blocks, its interval, and the p-value against 0.5.

    The larger of two standard errors: of blocks among each other, which knows of resemblance
    between neighbours, and of independent rows (Hanley and McNeil, 1982).
    """
    from scipy.stats import t

    auc = float(aucs.mean())
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    independent = (
        auc * (1 - auc)
        + (current_rows - 1) * (first - auc**2)
        + (reference_rows - 1) * (second - auc**2)
    ) / (reference_rows * current_rows)
    error = math.sqrt(max(float(aucs.var(ddof=1)) / _BLOCKS, independent, 1e-12))
    reach = float(t.ppf((1 + confidence) / 2, _BLOCKS - 1)) * error
    p_value = float(t.sf((auc - 0.5) / error, _BLOCKS - 1))
    return auc, max(0.0, auc - reach), min(1.0, auc + reach), p_value
