"""A retrain is due after so many windows, or so many days, whatever was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from automl_tasks.monitor.detectors._base import Parameters, Verdict, WindowLoss, unknown

__all__ = ["Calendar"]

_DAY = 86_400.0  # seconds


class Calendar(Parameters):
    """Calendar; statistic: windows, or days, since the champion's start or the last search.

    It stays due until a search is started, so a check that was missed delays it and loses nothing.

    Attributes
    ----------
    windows
        Windows between two retrains; counted where `days` is None.
    days
        Days of the data's own time between two retrains.
    """

    name: ClassVar[str] = "calendar"

    windows: int = Field(4, ge=1)
    days: float | None = Field(None, gt=0, strict=False)

    def judge(self, history: Sequence[WindowLoss]) -> Verdict:
        """See `Detector.judge`."""
        if not history:
            return unknown("there is no window yet")
        last = max((at for at, window in enumerate(history) if window.searched), default=-1)
        if self.days is None:
            return _due(len(history) - 1 - last, self.windows, "windows")
        passed = _days(history, last)
        if passed is None:
            return unknown("the windows have no dates to count days by")
        return _due(passed, self.days, "days")


def _days(history: Sequence[WindowLoss], last: int) -> float | None:
    """Days from the window that was searched after, else from the first row, to the newest row."""
    start = history[last].end if last >= 0 else history[0].start
    end = history[-1].end
    return None if start is None or end is None else (end - start).total_seconds() / _DAY


def _due(passed: float, every: float, unit: str) -> Verdict:
    since = f"{passed:g} {unit} since the last search, one is due every {every:g}"
    return Verdict(violates=passed >= every, statistic=passed, threshold=every, words=since)
