"""How many independent rows a column is worth, where neighbouring rows resemble each other.

The newest rows are one stretch of time. Whether they differ is told by how much the stretches of
the same length differed among the champion's training rows: by far more than chance where a column
wanders, has seasons or comes in groups. That makes any such stretch worth fewer rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["FEWEST_STRETCHES", "Stretches", "Worth", "between"]

FEWEST_STRETCHES = 20  # with fewer, their variance is hardly known
_SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Worth:
    """Effective numbers of rows.

    Attributes
    ----------
    freedom
        Degrees of freedom with which the effective numbers are known; infinite where rows show no
        resemblance.
    """

    reference: float
    current: float
    freedom: float = math.inf


@dataclass(frozen=True)
class Stretches:
    """Reference rows by stretch.

    Attributes
    ----------
    codes
        Stretch of each reference row, from 0; None: rows are taken as independent.
    current
        How many such stretches the current rows span, at least 1.
    """

    codes: NDArray[np.int64] | None = None
    current: float = 1.0

    def every(self, step: int) -> Stretches:
        """Of every so-manieth reference row."""
        return self if self.codes is None else replace(self, codes=self.codes[::step])

    def worth(
        self, scores: NDArray[np.float64], present: NDArray[np.bool_], rows: int, *, pooled: bool
    ) -> Worth:
        """Effective rows of both sides, by analysis of variance between stretches.

        The design effect of cluster samples, 1 + (rows per cluster - 1) * intraclass correlation
        (Kish, 1965; for tables of counts Rao and Scott, 1981).

        Parameters
        ----------
        scores : (n, k) array
            What is compared, of the reference rows with a value.
        present : (reference rows,) array
            Which ones these are.
        rows
            Current rows with a value.
        pooled
            One correlation of all scores (indicators of a table), else the largest.
        """
        count = len(scores)
        free = Worth(float(count), float(rows))
        if self.codes is None or count == 0 or rows == 0:
            return free
        found = _variances(scores, self.codes[present], pooled=pooled)
        if found is None:
            return free
        outer, inner, stretches, size = found
        excess = (outer - inner) / np.maximum(outer + (size - 1) * inner, 1e-300)
        share = float(np.max(excess, initial=0.0))
        if share <= 0:
            return free
        from scipy.special import fdtri

        limit = fdtri(stretches - 1, count - stretches, 1 - _SIGNIFICANCE)
        return Worth(
            reference=_effective(count, stretches, share),
            current=_effective(rows, self.current, share),
            freedom=stretches - 1 if bool((outer > limit * inner).any()) else math.inf,
        )


def between(reference: pd.Index, current: pd.Index) -> Stretches:
    """Stretches of the reference as long as the current rows, or shorter, to have enough of them.

    Parameters
    ----------
    reference, current
        Positions of the rows in time, as a sample of rows keeps them; anything else counts as
        consecutive rows in time.
    """
    there, here = _positions(reference), _positions(current)
    if len(there) == 0 or len(here) == 0:
        return Stretches()
    span, now = there[-1] - there[0] + 1, here[-1] - here[0] + 1
    length = min(now, span // FEWEST_STRETCHES)
    if length < 2:
        return Stretches()
    codes = (there - there[0]) // length
    return Stretches(np.unique(codes, return_inverse=True)[1], now / length)


def _positions(index: pd.Index) -> NDArray[np.int64]:
    if index.dtype.kind in "iu" and index.is_monotonic_increasing and index.is_unique:
        return np.asarray(index, dtype=np.int64)
    return np.arange(len(index), dtype=np.int64)


def _variances(
    scores: NDArray[np.float64], codes: NDArray[np.int64], *, pooled: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], int, float] | None:
    """Mean squares between and within stretches, how many there are, and their mean size."""
    sizes = np.bincount(codes)
    used = sizes > 0
    count, stretches = len(codes), int(used.sum())
    if stretches < FEWEST_STRETCHES // 2 or count < 2 * stretches:
        return None
    centred = scores - scores.mean(axis=0)
    sums = np.array([np.bincount(codes, column) for column in centred.T])
    squares = (sums[:, used] ** 2 / sizes[used]).sum(axis=1)
    rest = (centred**2).sum(axis=0) - squares
    if pooled:
        squares, rest = squares.sum(keepdims=True), rest.sum(keepdims=True)
    size = (count - float((sizes**2).sum()) / count) / (stretches - 1)
    return squares / (stretches - 1), rest / (count - stretches), stretches, size


def _effective(rows: int, stretches: float, share: float) -> float:
    per_stretch = max(1.0, rows / stretches)
    return max(1.0, rows / (1 + (per_stretch - 1) * share))
