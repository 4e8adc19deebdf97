"""Page-Hinkley of river: the sum of the losses above their running mean, less a small allowance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from automl_tasks.monitor.detectors._base import Parameters, Verdict, WindowLoss
from automl_tasks.monitor.detectors._stream import judge_stream

if TYPE_CHECKING:
    from river import drift

__all__ = ["PageHinkley"]


class PageHinkley(Parameters):
    """Page-Hinkley test; it controls no rate of false alarms, and autocorrelation raises it.

    Attributes
    ----------
    allowance
        Standard deviations of a block by which each loss may lie above the mean.
    threshold
        Sum, in the same unit, above which the loss has risen.

    References
    ----------
    Page (1954): Continuous inspection schemes.
    """

    name: ClassVar[str] = "page_hinkley"

    allowance: float = Field(0.25, ge=0, strict=False)
    threshold: float = Field(20.0, gt=0, strict=False)

    def judge(self, history: Sequence[WindowLoss]) -> Verdict:
        """See `Detector.judge`."""
        from river import drift

        inner = drift.PageHinkley(delta=self.allowance, threshold=self.threshold, mode="up")
        return judge_stream(_Stream(inner), history, self.threshold)


class _Stream:
    statistic = None  # river does not show the sum

    def __init__(self, inner: drift.PageHinkley) -> None:
        self._inner = inner

    def rises(self, value: float) -> bool:
        self._inner.update(value)
        return bool(self._inner.drift_detected)
