"""A share of time, and whether the next piece of work still fits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Pace", "Timebox", "measured_pace"]


class Timebox:
    """Seconds from now on.

    Attributes
    ----------
    seconds
        That were given.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = max(0.0, seconds)
        self._start = time.monotonic()

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        """Seconds until it ends, not below 0."""
        return max(0.0, self.seconds - self.spent)

    def share(self, part: float) -> Timebox:
        """A part of what is left."""
        return Timebox(part * self.left)

    def fits(self, pieces: int) -> bool:
        """Whether one more piece fits, as long as the mean of those that are done."""
        return pieces == 0 or self.spent / pieces <= self.left


@dataclass(frozen=True)
class Pace:
    """Seconds that a call takes, and each of its rows beside."""

    call: float
    row: float

    def rows(self, seconds: float, calls: int) -> int:
        """Rows that can be predicted in some time, in so many calls together."""
        return max(0, int((seconds - calls * self.call) / self.row))


def measured_pace(predict: Callable[[int], Any], rows: int) -> Pace:
    """How fast rows are predicted.

    Parameters
    ----------
    predict
        Predicts a number of rows.
    rows
        Of the call that is timed, beside a call of one row.
    """
    predict(1)  # warms up
    seconds = []
    for count in (1, rows):
        began = time.monotonic()
        predict(count)
        seconds.append(time.monotonic() - began)
    return Pace(seconds[0], max(1e-7, seconds[1] - seconds[0]) / rows)
