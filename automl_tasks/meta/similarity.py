"""How much each recorded table counts for a new one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from automl_tasks.meta.matrix import Matrix

__all__ = ["table_weights"]

Floats = NDArray[np.float64]

_NEIGHBOURS = 20
_FLOOR = 0.05  # of a vote that the least similar table keeps
_FURTHEST = 4.0  # standard deviations; one absurd meta-feature shall not decide


def table_weights(
    matrix: Matrix, metafeatures: Mapping[str, float], fingerprint: str | None = None
) -> Floats:
    """Votes of the recorded tables, by a Gaussian kernel on their meta-features.

    The kernel is as wide as the distance to the twentieth nearest table. Counts and ratios span
    orders of magnitude: they are compared by their signed logarithms, in standard deviations.

    Parameters
    ----------
    metafeatures
        Of the new table; what is unknown on either side counts as ordinary.
    fingerprint
        Of the new table: earlier results of the very same table count for as much as those of
        all others together.

    Returns
    -------
    (tables,) array that sums to 1.
    """
    count = len(matrix.tables)
    if count == 0:
        return np.empty(0)
    distances = _distances(matrix, metafeatures)
    width = np.sort(distances)[min(_NEIGHBOURS, count - 1)]
    weights = _FLOOR + (np.exp(-((distances / width) ** 2)) if width > 0 else np.ones(count))
    same = np.array([each == fingerprint for each in matrix.tables], dtype=bool)
    if same.any() and not same.all():
        weights[same] *= weights[~same].sum() / weights[same].sum()
    return np.asarray(weights / weights.sum())


def _distances(matrix: Matrix, metafeatures: Mapping[str, float]) -> Floats:
    own = np.array([metafeatures.get(name, np.nan) for name in matrix.names], dtype=np.float64)
    values = _compressed(np.vstack([matrix.metafeatures, own[None]]))
    known = np.isfinite(values[:-1])
    counts = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values[:-1], 0.0).sum(axis=0) / counts
    centred = np.where(np.isfinite(values), values - mean, 0.0)
    deviation = np.sqrt((np.where(known, centred[:-1], 0.0) ** 2).sum(axis=0) / counts)
    scaled = centred / np.where(deviation > 1e-12, deviation, np.inf)
    scaled = np.clip(scaled, -_FURTHEST, _FURTHEST)
    return np.asarray(np.linalg.norm(scaled[:-1] - scaled[-1], axis=1))


def _compressed(values: Floats) -> Floats:
    finite = np.where(np.isfinite(values), values, np.nan)
    return np.asarray(np.sign(finite) * np.log1p(np.abs(finite)))
