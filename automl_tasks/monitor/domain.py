"""Whether a small classifier can tell the newest rows from the training rows, and by which columns.

It sees what no single column shows: columns that moved against each other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.columns import is_date, is_number, is_text
from automl_tasks.serve.steps.values import numbers, texts

if TYPE_CHECKING:
    import lightgbm

__all__ = ["DomainColumn", "DomainResult", "domain_auc"]

_BLOCKS, _FOLDS = 10, 5
_FEWEST_ROWS = 100  # a side
_LEVELS, _COLUMNS = 30, 10
_LARGEST = 1e30
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


class DomainColumn(BaseModel):
    """Share of one raw column in what tells the sides apart."""

    model_config = ConfigDict(frozen=True)

    column: str
    share: float


class DomainResult(BaseModel):
    """How well the sides are told apart.

    Attributes
    ----------
    auc
        Cross-validated, over stretches of time that the classifier has not seen; 0.5: not at all.
    low, high
        Its interval at the given confidence.
    p_value
        One-sided, against 0.5.
    columns
        At most ten, the most telling first; none where the sides cannot be told apart.
    why
        Why nothing is known.
    """

    model_config = ConfigDict(frozen=True)

    reference_rows: int
    current_rows: int
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    columns: list[DomainColumn] = []
    why: str = ""


def domain_auc(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    seed: int = 0,
    rows: int = 10_000,
    *,
    confidence: float = 0.95,
) -> DomainResult:
    """Cross-validated AUC of a classifier that tells current rows from reference rows.

    Blocks of consecutive rows are left out together, or rows that resemble their neighbours would
    be recognised by them.

    Parameters
    ----------
    reference, current
        Feature columns, raw, in the order of time. Dates are left out; of free text the length is
        used.
    rows
        At most so many of each side, evenly spaced.
    """
    there, here = _thinned(reference, rows), _thinned(current, rows)
    sizes = {"reference_rows": len(there), "current_rows": len(here)}
    if min(sizes.values()) < _FEWEST_ROWS:
        return DomainResult(**sizes, why=f"a side has fewer than {_FEWEST_ROWS} rows")
    try:
        table = _numbers(there, here)
        if not table:
            return DomainResult(**sizes, why="no column can be compared")
        aucs, gains = _cross_validated(table, len(there), len(here), seed)
    except Exception as error:
        # Type only: messages of libraries may quote cells.
        return DomainResult(**sizes, why=type(error).__name__)
    auc, low, high, p_value = _interval(aucs, len(there), len(here), confidence)
    apart = low > 0.5
    return DomainResult(
        **sizes,
        auc=auc,
        low=low,
        high=high,
        p_value=p_value,
        columns=_leading(list(table), gains) if apart else [],
    )


def _thinned(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    if len(frame) <= rows:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, rows).astype(np.int64)]


def _numbers(there: pd.DataFrame, here: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Each comparable column of both sides, the reference first."""
    pooled = {
        str(name): pd.concat([there[name], here[name]], ignore_index=True)
        for name in there.columns
        if name in here.columns and not is_date(there[name])
    }
    return {name: _encoded(values) for name, values in pooled.items()}


def _encoded(values: pd.Series) -> NDArray[np.float64]:
    if is_number(values) and values.dtype.kind != "m":
        array = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.clip(array, -_LARGEST, _LARGEST)
    if values.dtype.kind == "m":
        return numbers(values)
    words = texts(values)
    if is_text(values):
        return np.array([np.nan if text is None else len(text) for text in words])
    # By frequency: neighbouring codes are levels that are equally frequent, which a tree can cut.
    codes, levels = pd.factorize(words)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    ranks = np.empty(len(levels) + 1)
    ranks[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(levels)), _LEVELS)
    ranks[-1] = np.nan
    return np.asarray(ranks[codes])


def _cross_validated(
    table: dict[str, NDArray[np.float64]], reference_rows: int, current_rows: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """AUC of each block, and the gain of each column."""
    import lightgbm

    features = np.column_stack(list(table.values()))
    sizes = (reference_rows, current_rows)
    target = np.repeat([0.0, 1.0], sizes)
    block = np.concatenate([np.arange(size) * _BLOCKS // size for size in sizes])
    # The sides count alike, however many rows they have.
    weight = np.repeat([1 / size for size in sizes], sizes) * min(sizes)
    aucs, gains = np.full(_BLOCKS, np.nan), np.zeros(len(table))
    for fold in range(_FOLDS):
        held = block // (_BLOCKS // _FOLDS) == fold
        data = lightgbm.Dataset(features[~held], target[~held], weight=weight[~held])
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


def _interval(
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


def _leading(names: list[str], gains: NDArray[np.float64]) -> list[DomainColumn]:
    shares = gains / max(float(gains.sum()), 1e-300)
    order = np.argsort(-shares, kind="stable")[:_COLUMNS]
    return [
        DomainColumn(column=names[at], share=float(shares[at])) for at in order if shares[at] > 0
    ]
