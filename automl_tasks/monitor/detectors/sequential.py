"""The default: has the loss risen, over the newest 1, 2, 4, … windows, more than chance explains?

Each check compares the mean loss of stretches that end now with the reference: a large rise shows
in the newest window, a small one only over many. The noise of the reference, which all windows
share, counts each time.

False alarms are controlled over all checks of a champion's life, by spending: check t may alarm
falsely with probability a(t), so that among any number of checks at most the sum of a(t) false
alarms are expected, however the checks depend on each other (they share rows and the reference).
``per_check`` spends the same at every check; ``per_life`` spends ``false_alarm`` on the whole life.

References
----------
Lan, DeMets (1983): Discrete sequential boundaries for clinical trials (spending).
Lai (1995): Sequential changepoint detection in quality control and dynamical systems (stretches).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from automl_tasks.monitor.detectors._base import Parameters, Verdict, WindowLoss, unknown
from automl_tasks.monitor.detectors.levels import Level, levels

__all__ = ["Sequential"]


class Sequential(Parameters):
    """One-sided sequential test of the mean loss; statistic: the adjusted p-value.

    Attributes
    ----------
    tolerance
        Relative rise above the reference that is no alarm.
    """

    name: ClassVar[str] = "sequential"

    false_alarm: float = Field(0.01, gt=0, lt=0.5, strict=False)
    spending: Literal["per_check", "per_life"] = "per_check"
    tolerance: float = Field(0.0, ge=0, strict=False)
    longest: int = Field(16, ge=1, description="Windows in the longest stretch")

    def judge(self, history: Sequence[WindowLoss]) -> Verdict:
        """See `Detector.judge`."""
        newest = levels(history[-1]) if history else None
        if newest is None:
            return unknown("the loss of the newest window is not known well enough")
        reference = newest[1]
        known = [found[0] for found in map(levels, history[-self.longest :]) if found]
        p_value, stretch = min(self._p_values(known, reference))
        allowed = self._spent(len(history))
        # A rise that is over needs no new model, however certain it was.
        above = newest[0].loss > _bound(reference, self.tolerance)
        violates = above and p_value <= allowed
        return Verdict(
            violates=violates,
            statistic=p_value,
            threshold=allowed,
            words=_words(known[-stretch:], reference, p_value, self.tolerance),
            since=stretch if violates else None,
        )

    def _p_values(self, known: Sequence[Level], reference: Level) -> list[tuple[float, int]]:
        """Adjusted p-value and length of every stretch.

        The newest window alone gets half of the level, two windows half of the rest, and so on:
        what happens suddenly shall be found at once.
        """
        lengths = [2**power for power in range(len(known).bit_length())]
        shares = [0.5 ** (place + 1) for place in range(len(lengths))]
        shares[-1] *= 2
        return [
            (min(1.0, _p_value(known[-length:], reference, self.tolerance) / share), length)
            for length, share in zip(lengths, shares, strict=True)
        ]

    def _spent(self, check: int) -> float:
        if self.spending == "per_check":
            return self.false_alarm
        return self.false_alarm * 6 / (math.pi * check) ** 2


def _p_value(stretch: Sequence[Level], reference: Level, tolerance: float) -> float:
    """Probability of so high a mean loss where the loss has not risen (Welch's t-test)."""
    from scipy.special import stdtr

    rows = sum(level.rows for level in stretch)
    mean = sum(level.loss * level.rows for level in stretch) / rows
    above = mean - _bound(reference, tolerance)
    pooled = sum(level.spread * level.rows for level in stretch) / rows
    # Of skewed losses a sample with a low mean has a low spread: the larger one serves for both.
    spread = max(pooled, reference.spread)
    own, other = spread / rows, (1 + tolerance) ** 2 * spread / reference.rows
    if spread <= 0:
        return 0.0 if above > 0 else 1.0
    independent = sum(level.freedom for level in stretch)
    freedom = (own + other) ** 2 / (own**2 / independent + other**2 / reference.freedom)
    return float(stdtr(freedom, -above / math.sqrt(own + other)))


def _bound(reference: Level, tolerance: float) -> float:
    return reference.loss + tolerance * abs(reference.loss)


def _words(stretch: Sequence[Level], reference: Level, p_value: float, tolerance: float) -> str:
    rows = sum(level.rows for level in stretch)
    mean = sum(level.loss * level.rows for level in stretch) / rows
    over = "the newest window" if len(stretch) == 1 else f"the newest {len(stretch)} windows"
    chance = "less than 1 in 10,000" if p_value < 1e-4 else f"{p_value:.2g}"
    limit = f" by more than {100 * tolerance:g} %" if tolerance else ""
    return (
        f"the loss over {over} is {mean:.4g} against {reference.loss:.4g} on the reference; "
        f"the probability of this, had it not risen{limit}, is {chance}"
    )
