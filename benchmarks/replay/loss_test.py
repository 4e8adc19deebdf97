"""The product's other signal: when the test of a risen loss speaks, of a model that stays."""

from __future__ import annotations

from functools import partial

import numpy as np

from automl_tasks.monitor.detectors import WindowLoss, block_losses, make_detector
from automl_tasks.monitor.observations import detector_options
from automl_tasks.monitor.performance import LossComparison, Sample
from automl_tasks.problem import MonitorPolicy
from automl_tasks.search.metrics import loss

from .learner import Learner

__all__ = ["risen"]

_HELD_OUT = 4  # windows before the first that is served, on which the first model is assessed


def risen(learner: Learner) -> list[int]:
    """Windows after which the loss of the first model is said to have risen.

    The model has learned all windows before the first one served but four, its reference.
    """
    stream, policy = learner.stream, MonitorPolicy()
    model = ("all", stream.first - 1 - _HELD_OUT)
    lost = partial(loss, "roc_auc" if stream.classes == 2 else "rmse")

    def sample(windows: range) -> Sample:
        said = np.concatenate([learner.predict(model, each) for each in windows])
        rows = slice(windows[0] * stream.rows, (windows[-1] + 1) * stream.rows)
        return Sample(stream.y[rows], said, ordered=True)

    reference = sample(range(stream.first - _HELD_OUT, stream.first))
    blocks = block_losses(reference, lost)
    detector = make_detector(policy.detector, detector_options(policy))
    history: list[WindowLoss] = []
    found = []
    for window in range(stream.first, stream.count):
        judged = sample(range(window, window + 1))
        sizes = LossComparison(rows=len(judged), reference_rows=len(reference))
        history.append(WindowLoss(sizes, block_losses(judged, lost), blocks, policy.confidence))
        if detector.judge(history).violates:
            found.append(window)
    return found
