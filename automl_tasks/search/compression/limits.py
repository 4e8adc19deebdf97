"""What a problem allows a model to cost."""

from __future__ import annotations

from dataclasses import dataclass

from automl_tasks.problem import Problem
from automl_tasks.search.compression.timing import Cost

__all__ = ["Limits"]

_MARGIN = 0.8  # of the time limit: the gate measures again, and a machine is not always as quick


@dataclass(frozen=True)
class Limits:
    """Limits of a problem; None: none.

    Attributes
    ----------
    ms_per_row
        Milliseconds to predict one row, of a batch.
    size_mb
        Megabytes of all members.
    """

    ms_per_row: float | None
    size_mb: float | None

    @classmethod
    def of(cls, problem: Problem) -> Limits:
        limits = problem.constraints
        return cls(limits.latency_ms_per_row, limits.size_mb)

    def __bool__(self) -> bool:
        return self.ms_per_row is not None or self.size_mb is not None

    def share(self, cost: Cost) -> float:
        """What a cost uses of the limits, a margin kept: at most 1 keeps them."""
        time = 0.0 if self.ms_per_row is None else cost.ms_per_row / (_MARGIN * self.ms_per_row)
        size = 0.0 if self.size_mb is None else cost.size_mb / self.size_mb
        return max(time, size)

    def words(self) -> str:
        """The limits for a sentence."""
        time = None if self.ms_per_row is None else f"{self.ms_per_row:g} ms a row"
        size = None if self.size_mb is None else f"{self.size_mb:g} MB"
        return " and ".join(each for each in (time, size) if each)
