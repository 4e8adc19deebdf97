"""At least so many of the newest windows are worse, the newest among them (mlops-stacks' rule)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field, model_validator

from automl_tasks.monitor.detectors._base import Parameters, Verdict, WindowLoss, unknown

__all__ = ["NOfM"]


class NOfM(Parameters):
    """N-of-M rule; statistic: the worse windows among the newest.

    Attributes
    ----------
    needed, of
        How many of the newest windows, the newest one included.
    tolerance
        A window is worse when its loss rose by more, with the comparison's confidence.
    """

    name: ClassVar[str] = "n_of_m"

    needed: int = Field(2, ge=1)
    of: int = Field(5, ge=1)
    tolerance: float = Field(0.0, ge=0, strict=False)

    @model_validator(mode="after")
    def _needs_no_more_than_there_are(self) -> Self:
        if self.needed > self.of:
            raise ValueError(f"'needed' must be at most 'of' ({self.of}), got {self.needed}")
        return self

    def judge(self, history: Sequence[WindowLoss]) -> Verdict:
        """See `Detector.judge`; of a window that cannot be compared nobody says it is worse."""
        worse = [self._worse(window) for window in history[-self.of :]]
        if not worse or worse[-1] is None:
            return unknown("the newest window cannot be compared with the reference")
        count = sum(each is True for each in worse)
        return Verdict(
            violates=worse[-1] and count >= self.needed,
            statistic=count,
            threshold=self.needed,
            words=f"{count} of the newest {len(worse)} windows are worse, {self.needed} are needed",
        )

    def _worse(self, window: WindowLoss) -> bool | None:
        bound = window.comparison.increase_at_least
        return None if bound is None else bound > self.tolerance
