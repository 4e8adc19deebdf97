"""ADWIN of river: a window that forgets its older part once its newer part differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from automl_tasks.monitor.detectors._base import Parameters, Verdict, WindowLoss
from automl_tasks.monitor.detectors._stream import judge_stream

if TYPE_CHECKING:
    from river import drift

__all__ = ["Adwin"]

_DEVIATIONS = 6  # ADWIN takes values from 0 to 1: three standard deviations on either side


class Adwin(Parameters):
    """ADWIN; statistic: the mean of its window, in standard deviations above the reference.

    Attributes
    ----------
    delta
        Confidence of each cut; autocorrelation makes false cuts more frequent.

    References
    ----------
    Bifet, Gavaldà (2007): Learning from time-changing data with adaptive windowing.
    """

    name: ClassVar[str] = "adwin"

    delta: float = Field(0.002, gt=0, lt=1, strict=False)

    def judge(self, history: Sequence[WindowLoss]) -> Verdict:
        """See `Detector.judge`."""
        from river import drift

        # Looks for a cut at every block, as a window has few.
        return judge_stream(_Stream(drift.ADWIN(delta=self.delta, clock=1)), history, 0.0)


class _Stream:
    def __init__(self, inner: drift.ADWIN) -> None:
        self._inner = inner

    def rises(self, value: float) -> bool:
        before = self._inner.estimation
        self._inner.update(min(1.0, max(0.0, value / _DEVIATIONS + 0.5)))
        # It cuts where the mean falls, too.
        return bool(self._inner.drift_detected and self._inner.estimation > before)

    @property
    def statistic(self) -> float | None:
        return float((self._inner.estimation - 0.5) * _DEVIATIONS)
