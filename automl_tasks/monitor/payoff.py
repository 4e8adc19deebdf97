"""Whether a retrain would pay: what a fresh model saves beside an older one, window after window.

A loss that rises says that rows are harder or that the model is old; only the second is mended by
training. So on each window quick models of one kind are compared: one that learned all that was
known before the window, one that learned what the champion knew, and those that were fresh some
windows ago. The savings are small and noisy, so they are pooled in two ways: those since the
champion was trained add up, and all older models together give a curve of the savings by age. The
rule is that of renting and buying (Karlin et al., 1988): train again as soon as what was lost by
waiting exceeds what a retrain costs.

More rows make a model better even where nothing changes. So the same is measured between models of
equally many rows, where only age can tell them apart: unless that shows, too, a retrain waits until
the rows have grown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "AGES",
    "Pairs",
    "Payoff",
    "Saving",
    "Savings",
    "in_pace",
    "judge_payoff",
    "measure_saving",
]

AGES = (1, 2, 4, 8, 16)  # windows, of the older models that give the curve
_FORGET = 0.98  # weight of a window in the curve beside the one after it
_BETWEEN_WINDOWS = 0.02  # standard deviation of savings beyond what rows explain
_OFF_CURVE = 0.5  # how far a champion may be from the curve, relative
_CERTAIN = 2.0  # standard errors
_ABRUPT, _ABRUPT_ERRORS = 0.1, 3.0
_GROWTH = 1.3  # times the champion's rows
_PACE, _PACE_WINDOWS = 2, 5


class Saving(BaseModel):
    """What a fresh model saves on one window, relative to the usual loss.

    Attributes
    ----------
    share
        (loss of the older model - loss of the fresh one) / usual loss of fresh models.
    variance
        Of `share`, from blocks of neighbouring rows.
    """

    model_config = ConfigDict(frozen=True)

    share: float
    variance: float


class Pairs(BaseModel):
    """A fresh model beside older ones of the same kind, on one window.

    Attributes
    ----------
    champion
        Beside a model of the champion's rows; None when a fresh one would have the same rows.
    by_age
        Beside models that were fresh so many windows ago.
    """

    model_config = ConfigDict(frozen=True)

    champion: Saving | None
    by_age: dict[int, Saving]


class Savings(BaseModel):
    """All comparisons on one window.

    Attributes
    ----------
    all_rows
        Between models that learned all rows that were known then.
    as_many
        Between models of equally many rows, the newest of then.
    newest, alone
        On the second half of the window, of models that have learned the first half, together with
        all rows before it and alone: they show at once a change that came with the window, which
        few new rows among many old ones may not.
    """

    model_config = ConfigDict(frozen=True)

    all_rows: Pairs
    as_many: Pairs
    newest: Saving | None
    alone: Saving | None = None

    @property
    def best_newest(self) -> Saving | None:
        """Of the two the one that saves more."""
        known = [each for each in (self.newest, self.alone) if each is not None]
        return max(known, key=lambda each: each.share, default=None)


class Payoff(BaseModel):
    """What waiting has cost so far.

    Attributes
    ----------
    lost
        Estimated savings that were missed since the champion was trained, in losses of one window.
    lost_error
        Standard error of the measured part.
    age_errors
        What age costs between models of equally many rows, in standard errors; from 2 on it is
        certain.
    growth
        Rows that are known now, as a multiple of the champion's.
    newest, newest_error
        Saving on the second half of the newest window by a model that knows the first, and its
        standard error.
    newest_at_most
        The largest saving there that is not excluded, with 97.5 % confidence.
    windows
        On which the champion was compared.
    pays
        A retrain makes up for its cost; None when nothing could be compared.
    abrupt
        It does because of a change that the newest window brought.
    """

    model_config = ConfigDict(frozen=True)

    lost: float
    lost_error: float
    age_errors: float
    growth: float
    newest: float | None
    newest_error: float | None
    newest_at_most: float | None
    windows: int
    pays: bool | None
    abrupt: bool = False


def measure_saving(
    older: NDArray[Any], fresh: NDArray[Any], usual: float, weight: NDArray[Any] | None = None
) -> Saving | None:
    """Compare two models on the same rows; None when there are too few.

    Parameters
    ----------
    older, fresh
        (n,) losses of the rows, in the order of time.
    usual
        Mean loss of fresh models, such as of the last windows.
    weight
        (n,) what each row counts; None: all alike.
    """
    rows = len(older)
    length = max(1, math.isqrt(rows))
    blocks = rows // length
    if blocks < 3 or not usual > 0:
        return None
    difference = np.asarray(older, dtype=np.float64) - np.asarray(fresh, dtype=np.float64)
    if weight is not None:
        if not weight.sum() > 0:
            return None
        difference = difference * weight / weight.mean()
    # Losses of neighbours resemble each other; means of blocks hardly do.
    means = difference[: blocks * length].reshape(blocks, length).mean(axis=1)
    share, variance = difference.mean() / usual, means.var(ddof=1) / blocks / usual**2
    if not (math.isfinite(share) and math.isfinite(variance)):
        return None
    return Saving(share=float(share), variance=float(variance) + 1e-12)


def judge_payoff(
    windows: Sequence[Savings], own: Sequence[Savings], *, cost: float, growth: float
) -> Payoff:
    """Whether the champion should be trained again.

    Parameters
    ----------
    windows
        All that were measured, the oldest first.
    own
        Those among them on which this champion was compared.
    cost
        Of a retrain, in losses of one window.
    growth
        Rows that are known now, as a multiple of the champion's.
    """
    value = _evidence([each.all_rows for each in windows], [each.all_rows for each in own])
    age = _evidence([each.as_many for each in windows], [each.as_many for each in own])
    newest = own[-1].best_newest if own else None
    aged_or_grown = age.errors >= _CERTAIN or growth >= _GROWTH
    pays = value.windows > 0 and value.lost >= cost and value.errors >= _CERTAIN
    pays = pays and aged_or_grown
    return Payoff(
        lost=value.lost,
        lost_error=value.error,
        age_errors=age.errors,
        growth=growth,
        newest=newest.share if newest else None,
        newest_error=math.sqrt(newest.variance) if newest else None,
        newest_at_most=_at_most(own[-1]) if own else None,
        windows=value.windows,
        pays=(pays or _is_abrupt(newest)) if value.windows or newest else None,
        abrupt=not pays and _is_abrupt(newest),
    )


def in_pace(searches: Sequence[int], window: int) -> bool:
    """Whether another search keeps to two on any five windows.

    Parameters
    ----------
    searches
        Windows after which earlier ones started.
    window
        After which this one would.
    """
    return sum(window - each < _PACE_WINDOWS for each in searches) < _PACE


@dataclass(frozen=True)
class _Evidence:
    """What waiting cost one champion.

    Attributes
    ----------
    lost, error
        Estimate and the standard error of its measured part, in losses of one window.
    errors
        How certain it is that older models are worse: standard errors of the champion's own loss
        or of the curve, whichever says more.
    """

    lost: float
    error: float
    errors: float
    windows: int


def _evidence(windows: Sequence[Pairs], own: Sequence[Pairs]) -> _Evidence:
    measured = [each.champion for each in own if each.champion is not None]
    lost = sum(each.share for each in measured)
    error = math.sqrt(sum(each.variance for each in measured))
    curve = _curve(windows)
    estimate = lost
    if curve.errors >= _CERTAIN:
        estimate = _combined(lost, error**2, curve.slope * _areas(len(measured)))
    errors = max(curve.errors, lost / error if error else 0.0)
    return _Evidence(estimate, error, errors, len(measured))


def _at_most(window: Savings) -> float | None:
    known = [each for each in (window.newest, window.alone) if each is not None]
    return max((each.share + _CERTAIN * math.sqrt(each.variance) for each in known), default=None)


def _is_abrupt(newest: Saving | None) -> bool:
    if newest is None:
        return False
    return newest.share >= max(_ABRUPT, _ABRUPT_ERRORS * math.sqrt(newest.variance))


@dataclass(frozen=True)
class _Curve:
    """Savings by age: the slope times the root of the age."""

    slope: float
    errors: float


def _curve(windows: Sequence[Pairs]) -> _Curve:
    """Weighted least squares through the origin, with the windows as clusters."""
    points = [
        (number, age, saving.share, saving.variance)
        for number, each in enumerate(windows)
        for age, saving in each.by_age.items()
    ]
    if not points:
        return _Curve(0.0, 0.0)
    number, age, share, variance = np.array(points, dtype=np.float64).T
    root = np.sqrt(age)
    weight = _FORGET ** (len(windows) - 1 - number) * root / (variance + _BETWEEN_WINDOWS**2)
    information = (weight * root).sum()
    slope = (weight * share).sum() / information
    residual = weight * (share - slope * root)
    clusters = np.bincount(number.astype(np.int64), weights=residual)
    error = math.sqrt(max((clusters**2).sum(), (weight**2 * variance).sum())) / information
    return _Curve(float(slope), float(slope / error))


def _areas(windows: int) -> float:
    """Roots of the ages that the champion had on these windows, added up."""
    return float(np.sqrt(np.arange(1, windows + 1)).sum())


def _combined(lost: float, variance: float, expected: float) -> float:
    """Mean of the measured and the expected loss, each by its precision."""
    expected_variance = (_OFF_CURVE * expected) ** 2 + 1e-12
    measured = 1 / variance if variance else 0.0
    return (expected / expected_variance + lost * measured) / (1 / expected_variance + measured)
