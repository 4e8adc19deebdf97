"""When boosting ends: no progress on held-back rows, or no time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Pace", "Stopper"]

_PATIENCE_GROWTH = 0.2
_PROGRESS = 1e-4
_CYCLE_SHARE = 0.9  # of the time left, that a cycle is planned to take


@dataclass(frozen=True)
class Pace:
    """What the clock may have decided in a training, so that it can be given back.

    Attributes
    ----------
    steps
        Iterations after which it ended; None where none were counted.
    planned
        Iterations of a cycle that was fitted into the time; None without a cycle.
    """

    steps: int | None = None
    planned: int | None = None


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
    pace
        Of an earlier training, to be repeated: no time decides, it ends where that one did.

    Attributes
    ----------
    clock
        By which it stops; what is timed for `cycle` is timed by it, too.
    best
        Iterations (counted from 1) of the lowest loss, or all where there is no loss.
    """

    def __init__(
        self,
        seconds: float,
        patience: int = 30,
        clock: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
    ) -> None:
        self.clock = clock
        self._patience = patience
        self._repeated = pace
        self._deadline = clock() + seconds if pace is None else float("inf")
        self._done: int | None = None
        self._planned: int | None = None
        self._last: float | None = None
        self._lowest = float("inf")
        self._marked = (0, float("inf"))
        self.best = 0

    @property
    def pace(self) -> Pace:
        """How far the training has come."""
        return Pace(self._done, self._planned)

    def cycle(self, wanted: int, seconds: float) -> int:
        """Iterations of a cycle that must come to its end: as wanted, or what the time allows.

        Parameters
        ----------
        seconds
            That the first iteration took, after which this is asked.
        """
        if self._repeated is not None:
            affordable = self._repeated.planned or wanted
        else:
            left = self._deadline - self.clock()
            affordable = 1 + int(_CYCLE_SHARE * left / max(seconds, 1e-6))
        self._planned = min(wanted, max(1, affordable))
        return self._planned

    def update(self, iteration: int, loss: float | None) -> bool:
        """Whether to stop after this iteration.

        Parameters
        ----------
        iteration
            Iterations done.
        loss
            On held-back rows, lower is better; None where there are none.
        """
        self._done = iteration
        now = self.clock()
        duration = 0.0 if self._last is None else now - self._last
        self._last = now
        rested = self._record(iteration, loss)
        patience = self._patience + _PATIENCE_GROWTH * (iteration - rested)
        if self._repeated is not None and iteration == self._repeated.steps:
            return True
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
