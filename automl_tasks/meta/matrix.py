"""Recorded results as arrays: tables by configurations, with NaN where nothing was recorded."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["WORST", "Matrix", "Size", "normalised"]

Floats = NDArray[np.float64]

WORST = 3.0  # normalised loss of a failure, and of having nothing yet
_COMPLETE = 0.8  # of the recorded configurations: such a table is its own yardstick


@dataclass(frozen=True)
class Size:
    """How large a table is: what the duration of a training depends on.

    Attributes
    ----------
    rows
        Training rows of one fit.
    columns
        Raw feature columns.
    classes
        0 for a regression.
    """

    rows: float
    columns: float
    classes: int = 0

    def logs(self) -> Floats:
        """(3,) logarithms; a regression trains as one class does."""
        return np.log([max(self.rows, 1.0), max(self.columns, 1.0), max(self.classes, 1)])


@dataclass(frozen=True)
class Matrix:
    """What was recorded.

    Attributes
    ----------
    tables
        (t,) fingerprints.
    configurations, families
        (c,) keys, and the family of each.
    losses, seconds
        (t, c); NaN: not recorded; a loss of infinity: it failed. Losses are compared within a
        table only, so that each may have a metric of its own.
    sizes
        (t, 3): `Size.logs`.
    metafeatures
        (t, f); NaN: unknown.
    names
        (f,) of the meta-features.
    """

    tables: tuple[str, ...]
    configurations: tuple[str, ...]
    families: tuple[str, ...]
    losses: Floats
    seconds: Floats
    sizes: Floats
    metafeatures: Floats
    names: tuple[str, ...]

    def without(self, table: str) -> Matrix:
        """The matrix less one table, which then cannot vote for itself."""
        keep = np.array([each != table for each in self.tables], dtype=bool)
        return replace(
            self,
            tables=tuple(each for each in self.tables if each != table),
            losses=self.losses[keep],
            seconds=self.seconds[keep],
            sizes=self.sizes[keep],
            metafeatures=self.metafeatures[keep],
        )

    def extended(self, configurations: Sequence[tuple[str, str]]) -> Matrix:
        """With columns for more configurations (key, family), of which nothing is recorded."""
        known = set(self.configurations)
        more = [pair for pair in dict(configurations).items() if pair[0] not in known]
        blank = np.full((len(self.tables), len(more)), np.nan)
        return replace(
            self,
            configurations=self.configurations + tuple(key for key, _ in more),
            families=self.families + tuple(family for _, family in more),
            losses=np.hstack([self.losses, blank]),
            seconds=np.hstack([self.seconds, blank]),
        )


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
