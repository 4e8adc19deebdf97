"""The small model that learns how wrong a champion is from a row's features and its prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from automl_tasks.monitor.performance import Sample

__all__ = ["cross_fitted", "encoded"]

Array = NDArray[Any]

_FOLDS, _LEVELS = 5, 100
_LARGEST = 1e100  # sums of larger numbers may overflow


def encoded(
    frame: pd.DataFrame | None, reference: pd.DataFrame | None, prediction: Array
) -> NDArray[np.float64]:
    """(n, columns + 1) numbers: numeric columns as they are, levels by how frequent they are.

    A column that `frame` lacks, an infinity and a level that `reference` lacks are missing values.
    """
    columns = [prediction.astype(np.float64)]
    if frame is not None and reference is not None:
        columns += [
            _column(frame.get(name), known, len(frame)) for name, known in reference.items()
        ]
    table = np.column_stack(columns)
    return np.where(np.abs(table) < _LARGEST, table, np.nan)


def _column(values: pd.Series | None, known: pd.Series, rows: int) -> NDArray[np.float64]:
    if values is None:
        return np.full(rows, np.nan)
    if pd.api.types.is_numeric_dtype(known):
        numbers = pd.to_numeric(values, errors="coerce")
        return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    levels = known.dropna().astype(str).value_counts().index[:_LEVELS]
    codes = pd.Series(np.arange(len(levels), dtype=np.float64), index=levels)
    coded = values.astype(str).map(codes)
    return np.asarray(coded, dtype=np.float64)


def cross_fitted(
    known: Array, errors: Array, new: Array, reference: Sample, seed: int
) -> tuple[Array, Array]:
    """Fit the model once a fold, each time without the fold's rows.

    Parameters
    ----------
    known, errors
        (n, columns) encoded rows of the reference, and how wrong the champion was on each, at
        least 0.
    new
        (m, columns) encoded rows to predict the error of.

    Returns
    -------
    tuple of ndarray
        (folds, m) errors of the new rows by each fold's model, and (n,) errors of the reference's
        rows by the model that has not seen them.
    """
    folds = _folds(len(errors), reference.ordered, seed)
    by_fold, learned = np.empty((_FOLDS, len(new))), np.empty(len(errors))
    for fold in range(_FOLDS):
        others = folds != fold
        weight = None if reference.weight is None else reference.weight[others]
        if not _sums_up(errors[others], weight):  # the champion is never wrong here
            by_fold[fold] = learned[~others] = 0.0
            continue
        filled = ~np.isnan(known[others]).all(axis=0)
        model = _model(seed).fit(known[others][:, filled], errors[others], weight)
        by_fold[fold] = model.predict(new[:, filled])
        learned[~others] = model.predict(known[~others][:, filled])
    return by_fold, learned


def _folds(rows: int, ordered: bool, seed: int) -> NDArray[np.int64]:
    """Number of each row's fold; of rows in time order, a fold is a stretch of time."""
    folds = np.arange(rows) * _FOLDS // rows
    return folds if ordered else np.random.default_rng(seed).permutation(folds)


def _sums_up(errors: Array, weight: Array | None) -> bool:
    return bool((errors if weight is None else errors * weight).sum() > 0)


def _model(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    # Poisson's loss has the mean as its best answer and a positive one, and errors' noise grows
    # with them, as it assumes.
    return HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=0.1,
        max_iter=40,
        max_leaf_nodes=8,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
