"""What a detector sees of each window, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.detectors.blocks import BlockLosses
from automl_tasks.monitor.performance import LossComparison

__all__ = ["Detector", "Parameters", "Verdict", "WindowLoss", "unknown"]


@dataclass(frozen=True)
class WindowLoss:
    """The champion's loss in one window beside its loss on the reference.

    Attributes
    ----------
    losses, reference_losses
        The same two losses in blocks, from `block_losses`; None where they cannot be cut. Without
        them page_hinkley and adwin are silent, and `sequential` takes the comparison's interval.
    confidence
        Of the comparison's intervals.
    start, end
        Time of the first and the last row; None without dates.
    searched
        Whether a search was started after this window, so that a calendar counts from here.
    """

    comparison: LossComparison
    losses: BlockLosses | None = None
    reference_losses: BlockLosses | None = None
    confidence: float = 0.95
    start: datetime | None = None
    end: datetime | None = None
    searched: bool = False


class Verdict(BaseModel):
    """What a detector says of the newest window.

    Attributes
    ----------
    violates
        The champion has become worse, or a retrain is due; None: it cannot be told.
    statistic, threshold
        What was compared; each detector says how.
    words
        The same for a person.
    since
        How many of the newest windows the change spans; None where a detector does not tell.
    """

    model_config = ConfigDict(frozen=True)

    violates: bool | None
    statistic: float | None = None
    threshold: float | None = None
    words: str
    since: int | None = None


class Parameters(BaseModel):
    """A detector is its parameters: typed, with their defaults, refused when unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Detector(Protocol):
    """Judges the newest window of a champion.

    A detector keeps nothing between two calls: the same windows give the same verdict, whoever
    asks and however often.
    """

    name: ClassVar[str]

    def judge(self, history: Sequence[WindowLoss]) -> Verdict:
        """Judge the newest window.

        Parameters
        ----------
        history
            All windows of this champion, oldest first, all beside the same reference.
        """
        ...


def unknown(words: str) -> Verdict:
    """The verdict where nothing can be told."""
    return Verdict(violates=None, words=words)
