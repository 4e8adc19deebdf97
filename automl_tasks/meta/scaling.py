"""Losses of different tables and metrics on one scale."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

__all__ = ["WORST", "completed", "normalised"]

Floats = NDArray[np.float64]

WORST = 3.0  # normalised loss of a failure, and of having nothing yet
_COMPLETE = 0.8  # of the recorded configurations: such a table is its own yardstick


def normalised(losses: Floats) -> Floats:
    """Losses on a common scale: 0 is the best configuration of a table, 1 its median one.

    A table with few results has perhaps seen neither. It is then put on the scale by what the
    same configurations came to on the complete tables: a search that recorded five good
    configurations does not make the third of them a median one.

    Parameters
    ----------
    losses : (t, c) array
        NaN where nothing was recorded.

    Returns
    -------
    (t, c) array, at most `WORST`, NaN where nothing was recorded.
    """
    bounded = _bounded(losses)
    seen = ~np.isnan(bounded)
    used = seen.any(axis=0)
    complete = seen[:, used].mean(axis=1) >= _COMPLETE if used.any() else np.zeros(len(losses))
    scaled = np.full(losses.shape, np.nan)
    whole = np.flatnonzero(complete)
    for row in whole:
        scaled[row] = _scaled(bounded[row], 0.0, 1.0)
    for row in np.flatnonzero(~complete.astype(bool) & seen.any(axis=1)):
        scaled[row] = _scaled(bounded[row], *_yardstick(scaled[whole][:, seen[row]]))
    failed = np.isposinf(losses)
    return np.where(failed, WORST, np.clip(scaled, 0.0, WORST))


def _bounded(losses: Floats) -> Floats:
    """Failures as missing: they say nothing of the scale."""
    return np.where(np.isfinite(losses), losses, np.nan)


def _yardstick(reference: Floats) -> tuple[float, float]:
    """Where the best and the median of some configurations lie on tables that have them all."""
    if reference.size == 0:
        return 0.0, 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a table without any of them
        low = float(np.nanmean(np.nanmin(reference, axis=1)))
        middle = float(np.nanmean(np.nanmedian(reference, axis=1)))
    return (low, middle) if np.isfinite(low + middle) else (0.0, 1.0)


def _scaled(losses: Floats, low: float, middle: float) -> Floats:
    best, median = float(np.nanmin(losses)), float(np.nanmedian(losses))
    # Where all are equal the choice does not matter, and no digit of noise shall decide it.
    spread = max(median - best, 1e-6 * abs(median), 1e-12)
    return low + (losses - best) / spread * max(middle - low, 0.05)


def completed(scaled: Floats, families: tuple[str, ...]) -> Floats:
    """Fill what was not recorded with the mean of its configuration, shifted as the table does.

    Where a configuration has no records it stands at its family's mean, or at a median one; the
    shift is by what the table's other results of the family deviate from theirs.

    Parameters
    ----------
    scaled : (t, c) array
        From `normalised`.
    families
        (c,) of the configurations.
    """
    filled = scaled.copy()
    names = np.array(families, dtype=object)
    for family in dict.fromkeys(families):
        own = np.flatnonzero(names == family)
        block = scaled[:, own]
        seen = np.isfinite(block)
        total = block[seen].mean() if seen.any() else 1.0
        counts = seen.sum(axis=0)
        sums = np.where(seen, block, 0.0).sum(axis=0)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), total)
        deviations = np.where(seen, block - means, 0.0).sum(axis=1) / (seen.sum(axis=1) + 1.0)
        guess = np.clip(means + deviations[:, None], 0.0, WORST)
        filled[:, own] = np.where(seen, block, guess)
    return filled
