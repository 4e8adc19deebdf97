"""When boosting ends: no progress on held-back rows, or no time."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Stopper"]

_PATIENCE_GROWTH = 0.2
_PROGRESS = 1e-4


class Stopper:
    """Watches a training from its start; asked after each iteration whether to go on.

    Stops when the loss has not improved by a ten-thousandth for `patience` iterations and a fifth
    of those done by then (a slow learner may rest longer), or when the next iteration would pass
    the time limit.

    Parameters
    ----------
    seconds
        Time limit, from now.
    patience
        Iterations.
    clock
        Monotonic seconds; another one in tests.

    Attributes
    ----------
    best
        Iterations (counted from 1) of the lowest loss, or all where there is no loss.
    """

    def __init__(
        self, seconds: float, patience: int = 30, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._patience = patience
        self._deadline = clock() + seconds
        self._last: float | None = None
        self._lowest = float("inf")
        self._marked = (0, float("inf"))
        self.best = 0

    @property
    def left(self) -> float:
        """Seconds until the time limit."""
        return self._deadline - self._clock()

    def update(self, iteration: int, loss: float | None) -> bool:
        """Whether to stop after this iteration.

        Parameters
        ----------
        iteration
            Iterations done.
        loss
            On held-back rows, lower is better; None where there are none.
        """
        now = self._clock()
        duration = 0.0 if self._last is None else now - self._last
        self._last = now
        rested = self._record(iteration, loss)
        patience = self._patience + _PATIENCE_GROWTH * (iteration - rested)
        return rested >= patience or now + duration >= self._deadline

    def _record(self, iteration: int, loss: float | None) -> int:
        """Iterations since the last progress worth the name."""
        if loss is None:
            self.best = iteration
            return 0
        if loss < self._lowest or self.best == 0:
            self.best, self._lowest = iteration, loss
        marked, level = self._marked
        if loss < level * (1 - _PROGRESS):
            self._marked = marked, _ = iteration, loss
        return iteration - marked
