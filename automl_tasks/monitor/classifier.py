"""The small classifier that tells two sides apart, judged on stretches of time it has not seen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from automl_tasks.monitor.stretches import Worth

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
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """AUC of each of ten blocks of consecutive rows, score of each row, and gain of each column.

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
    aucs, scores = np.full(_BLOCKS, np.nan), np.full(len(features), np.nan)
    gains = np.zeros(features.shape[1])
    for fold in range(_BLOCKS // _HELD):
        first, last = fold * _HELD, (fold + 1) * _HELD - 1
        held = (block >= first) & (block <= last)
        seen = (block < first - 1) | (block > last + 1)
        data = lightgbm.Dataset(features[seen], target[seen], weight=weight[seen])
        booster = lightgbm.train({**_PARAMETERS, "seed": seed}, data, num_boost_round=_ROUNDS)
        gains += booster.feature_importance("gain")
        scores[held] = booster.predict(features[held], num_threads=1)
    for number in range(_BLOCKS):
        inside = block == number
        aucs[number] = _auc(target[inside], scores[inside])
    return aucs, scores, gains


def _auc(target: NDArray[np.float64], score: NDArray[np.float64]) -> float:
    from scipy.stats import rankdata

    positive = target == 1
    ones, zeros = int(positive.sum()), int((~positive).sum())
    above = rankdata(score)[positive].sum() - ones * (ones + 1) / 2
    return float(above / (ones * zeros))


def auc_interval(
    aucs: NDArray[np.float64], worth: Worth, confidence: float
) -> tuple[float, float, float, float]:
    """Mean over the blocks, its interval, and the p-value against 0.5.

    The larger of two standard errors: of blocks among each other, and of the effective rows
    (Hanley and McNeil, 1982), which know of what all blocks of one window have in common.
    """
    from scipy.stats import t

    auc = float(aucs.mean())
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    independent = (
        auc * (1 - auc)
        + (worth.current - 1) * (first - auc**2)
        + (worth.reference - 1) * (second - auc**2)
    ) / (worth.reference * worth.current)
    error = math.sqrt(max(float(aucs.var(ddof=1)) / _BLOCKS, independent, 1e-12))
    reach = float(t.ppf((1 + confidence) / 2, _BLOCKS - 1)) * error
    p_value = float(t.sf((auc - 0.5) / error, _BLOCKS - 1))
    return auc, max(0.0, auc - reach), min(1.0, auc + reach), p_value
