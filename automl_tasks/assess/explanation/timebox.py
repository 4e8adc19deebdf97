"""A share of time, and whether the next piece of work still fits."""

from __future__ import annotations

import time

__all__ = ["Timebox"]


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
