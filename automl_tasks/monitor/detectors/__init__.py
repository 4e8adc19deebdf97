"""Detectors: each says of a champion's windows whether the newest one calls for a retrain.

One interface, `judge(history) -> Verdict`; `make_detector` finds them by name.
"""

from automl_tasks.monitor.detectors._base import Detector, Verdict, WindowLoss
from automl_tasks.monitor.detectors.blocks import BlockLosses, block_losses
from automl_tasks.monitor.detectors.registry import DETECTORS, make_detector

__all__ = [
    "DETECTORS",
    "BlockLosses",
    "Detector",
    "Verdict",
    "WindowLoss",
    "block_losses",
    "make_detector",
]
