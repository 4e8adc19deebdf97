"""How new the newest dates are, as facts: dates move on by nature, so they never alarm alone."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from automl_tasks.serve.steps.values import moments

__all__ = ["Freshness", "measure_freshness"]

_USUAL = 0.95


class Freshness(BaseModel):
    """Of one column of dates, in hours: a date itself may be somebody's birthday.

    Attributes
    ----------
    ahead_hours
        From the newest date of the reference to the newest current one; negative when it is older.
    usual_gap_hours
        95 of 100 gaps between neighbouring different dates of the reference are no longer.
    age_hours
        From the newest current date until now; None when nobody said what time it is.
    late
        Whether the age exceeds the usual gap.
    missing
        Share of the current rows without a date.
    """

    model_config = ConfigDict(frozen=True)

    column: str
    ahead_hours: float | None = None
    usual_gap_hours: float | None = None
    age_hours: float | None = None
    late: bool | None = None
    missing: float | None = None


def measure_freshness(
    reference: pd.Series, current: pd.Series, now: datetime | None = None
) -> Freshness:
    """Compare the dates of two sides.

    Parameters
    ----------
    reference, current
        Dates, or texts in ISO 8601; without a zone they are UTC. Of a sample of rows the index
        says where they were: gaps are measured between neighbours only.
    now
        When the current rows are looked at; without a zone it is UTC.
    """
    there, here = moments(reference), moments(current)
    gap, newest = _usual_gap(there, reference.index), _newest(here)
    age = None if now is None or newest is None else _hours(_naive(now) - newest)
    before = _newest(there)
    return Freshness(
        column=str(reference.name),
        ahead_hours=None if newest is None or before is None else _hours(newest - before),
        usual_gap_hours=gap,
        age_hours=age,
        late=None if age is None or gap is None else age > gap,
        missing=float(np.isnat(here).mean()) if len(here) else None,
    )


def _newest(dates: NDArray[np.datetime64]) -> np.datetime64 | None:
    known = dates[~np.isnat(dates)]
    return known.max() if len(known) else None


def _naive(moment: datetime) -> np.datetime64:
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return np.datetime64(utc.replace(tzinfo=None), "us")


def _usual_gap(dates: NDArray[np.datetime64], index: pd.Index) -> float | None:
    steps = np.abs(np.diff(dates))
    if index.dtype.kind in "iu":
        steps = steps[np.diff(index.to_numpy()) == 1]
    steps = steps[~np.isnat(steps)]
    steps = steps[steps > np.timedelta64(0, "us")]
    return _hours(np.quantile(steps.astype(np.int64), _USUAL)) if len(steps) else None


def _hours(microseconds: np.timedelta64 | float) -> float:
    return float(np.float64(np.asarray(microseconds).astype(np.int64)) / 3.6e9)
