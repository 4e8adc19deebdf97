"""Whether the holdout bears out what a candidate says of its own certainty."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

if TYPE_CHECKING:
    from automl_tasks.search import Candidate

__all__ = ["Calibration", "CalibrationBin", "Coverage", "Reliability", "reliability_of"]

Array = NDArray[Any]

_LEVELS = (0.8, 0.9, 0.95)
_BINS = 10
_Z = 1.96
_FEWEST_ROWS = 20


class CalibrationBin(BaseModel):
    """Rows of a like probability.

    Attributes
    ----------
    said
        Mean probability.
    came
        Share of the rows for which it came true.
    """

    rows: int
    said: float
    came: float


class Calibration(BaseModel):
    """How well probabilities agree with frequencies: of two classes, those of the second.

    Of more classes it is the most probable class of each row that is judged.

    Attributes
    ----------
    kind
        The calibration that out-of-fold predictions chose: ``none``, ``temperature``, ``platt`` or
        ``isotonic``.
    error
        Mean distance of ``said`` and ``came`` over the bins, weighted by rows (expected
        calibration error). Chance alone gives about ``noise``.
    brier
        Mean squared distance of the probabilities from what came.
    """

    kind: str
    error: float
    noise: float
    brier: float
    bins: list[CalibrationBin]


class Coverage(BaseModel):
    """How often an interval, or a set of classes, holds the truth.

    Attributes
    ----------
    asked
        The coverage that was asked for.
    found
        Share of the holdout; with the 95 % range, ``low`` to ``high``, in which the true share
        is (Wilson's).
    size
        Mean width of the intervals in the target's unit, or mean number of classes in the sets.
    """

    asked: float
    found: float
    low: float
    high: float
    size: float


class Reliability(BaseModel):
    """Calibration of probabilities, and coverage of intervals or class sets, on the holdout.

    Attributes
    ----------
    calibration
        None for regression.
    coverage
        At 80, 90 and 95 %, as far as training had enough rows.
    """

    calibration: Calibration | None = None
    coverage: list[Coverage] = []


def reliability_of(
    candidate: Candidate, y: Array, prediction: Array, weight: Array | None = None
) -> Reliability | None:
    """Judge a candidate's certainty on its holdout.

    Parameters
    ----------
    y
        (n,) values or class codes.
    prediction
        (n,) values or (n, classes) probabilities of the candidate, calibrated.
    weight
        (n,) row weights; None: all equal.

    Returns
    -------
    Reliability or None
        None with fewer than 20 rows.
    """
    counts = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    rows = counts > 0
    if rows.sum() < _FEWEST_ROWS or not np.isfinite(prediction).all():
        return None
    y, prediction, counts = y[rows], prediction[rows], counts[rows]
    calibration = None
    if prediction.ndim == 2:
        kind = str((candidate.calibration or {"kind": "none"})["kind"])
        calibration = _calibration(kind, y.astype(np.int64), prediction, counts)
    return Reliability(
        calibration=calibration, coverage=_coverages(candidate.conformal, y, prediction, counts)
    )


def _calibration(kind: str, y: Array, p: Array, counts: Array) -> Calibration:
    if p.shape[1] == 2:
        said, came = p[:, 1], y == 1
    else:
        said, came = p.max(axis=1), p.argmax(axis=1) == y
    # Bins of equally many rows: each of them tells as much as the others.
    edges = np.unique(np.quantile(said, np.arange(1, _BINS) / _BINS))
    of_row = np.searchsorted(edges, said, side="right")
    bins, distance, noise = [], 0.0, 0.0
    for at in np.unique(of_row):
        own = of_row == at
        mean, share = np.average(said[own], weights=counts[own]), _share(came[own], counts[own])
        mass = float(counts[own].sum() / counts.sum())
        distance += mass * abs(mean - share)
        # The mean absolute deviation of a frequency, were the probabilities right.
        noise += mass * sqrt(2 / np.pi * mean * (1 - mean) / _effective(counts[own]))
        bins.append(CalibrationBin(rows=int(own.sum()), said=float(mean), came=share))
    squares = ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1)
    brier = float(np.average(squares, weights=counts)) / (2 if p.shape[1] == 2 else 1)
    return Calibration(kind=kind, error=float(distance), noise=float(noise), brier=brier, bins=bins)


def _coverages(
    conformal: dict[str, Any] | None, y: Array, prediction: Array, counts: Array
) -> list[Coverage]:
    from automl_tasks.serve.intervals import bounds, class_sets, most_coverage

    found = []
    for asked in _LEVELS if conformal is not None else ():
        if conformal is None or asked > most_coverage(conformal):
            continue
        if prediction.ndim == 1:
            lower, upper = bounds(prediction, conformal, asked)
            inside, sizes = (y >= lower) & (y <= upper), upper - lower
        else:
            sets = class_sets(prediction, conformal, asked)
            inside, sizes = sets[np.arange(len(y)), y.astype(np.int64)], sets.sum(axis=1)
        share = _share(inside, counts)
        low, high = _wilson(share, _effective(counts))
        size = float(np.average(sizes, weights=counts))
        found.append(Coverage(asked=asked, found=share, low=low, high=high, size=size))
    return found


def _share(true: Array, counts: Array) -> float:
    return float(counts[true].sum() / counts.sum())


def _effective(counts: Array) -> float:
    """So many equal rows tell as much as the weighted ones (Kish)."""
    return float(counts.sum() ** 2 / (counts**2).sum())


def _wilson(share: float, rows: float) -> tuple[float, float]:
    centre = (share + _Z**2 / (2 * rows)) / (1 + _Z**2 / rows)
    half = _Z / (1 + _Z**2 / rows) * sqrt(share * (1 - share) / rows + _Z**2 / (4 * rows**2))
    return max(0.0, centre - half), min(1.0, centre + half)
