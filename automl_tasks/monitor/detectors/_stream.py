"""Feeds a detector of river with the reference's losses and then with every window's.

river's detectors go from value to value and hold their state. Here that state is made anew from
the windows at every check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from automl_tasks.monitor.detectors._base import Verdict, WindowLoss, unknown
from automl_tasks.monitor.detectors.blocks import BlockLosses

__all__ = ["Stream", "judge_stream"]


class Stream(Protocol):
    """What goes from value to value."""

    def rises(self, value: float) -> bool:
        """Take the next value; whether a rise was found with it."""
        ...

    @property
    def statistic(self) -> float | None:
        """The number that is compared, if the library shows it."""
        ...


def judge_stream(stream: Stream, history: Sequence[WindowLoss], threshold: float) -> Verdict:
    """Whether a rise was found in any window, and the newest window is still above the reference.

    A found rise is not forgotten by the next window: a cool-down may keep a search from starting
    at once.
    """
    newest = history[-1] if history else None
    if newest is None or newest.losses is None or newest.reference_losses is None:
        return unknown("the newest window has no losses in blocks")
    reference = newest.reference_losses
    for value in _standardised(reference, reference):
        stream.rises(float(value))
    since = None
    for age, window in zip(range(len(history), 0, -1), history, strict=True):
        if window.losses is None:
            continue
        found = [stream.rises(float(value)) for value in _standardised(window.losses, reference)]
        since = age if any(found) else since
    above = newest.losses.loss > reference.loss
    violates = since is not None and above
    return Verdict(
        violates=violates,
        statistic=stream.statistic,
        threshold=threshold,
        words=_words(since, above),
        since=since if violates else None,
    )


def _standardised(losses: BlockLosses, reference: BlockLosses) -> NDArray[np.float64]:
    """In standard deviations of a block of that length, above the reference's mean."""
    row_variance = float(reference.values.var(ddof=1)) * reference.length
    deviation = np.sqrt(row_variance / losses.length)
    centred = losses.values - reference.loss
    return np.asarray(centred / deviation if deviation > 0 else np.sign(centred))


def _words(since: int | None, above: bool) -> str:
    if since is None:
        return "no rise of the loss was found in any window"
    where = "the newest window" if since == 1 else f"the window {since - 1} before the newest"
    if not above:
        return f"the loss rose in {where} and is no longer above the reference"
    return f"the loss rose in {where} and is above the reference"
