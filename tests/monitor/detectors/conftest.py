"""Windows of losses that a test draws itself, beside a reference of the same kind."""

import numpy as np
import pytest

from automl_tasks.monitor.detectors import WindowLoss, block_losses
from automl_tasks.monitor.performance import LossComparison, Sample


def mean_loss(truth, prediction, weight):
    return float(np.mean(truth))


def in_blocks(losses, ordered=True):
    return block_losses(Sample(losses, losses, ordered), mean_loss)


@pytest.fixture
def windows_of():
    """Cut a series of losses into a reference and windows after it."""

    def cut(losses, *, reference=1000, rows=300, ordered=True):
        known = in_blocks(losses[:reference], ordered)
        sizes = LossComparison(rows=rows, reference_rows=reference)
        starts = range(reference, len(losses) - rows + 1, rows)
        return [
            WindowLoss(sizes, in_blocks(losses[at : at + rows], ordered), known) for at in starts
        ]

    return cut


@pytest.fixture
def autoregressive():
    """Series of standard deviation 1 whose neighbours are correlated by `correlation`."""

    def draw(rng, rows, correlation):
        losses = np.empty(rows)
        losses[0] = rng.normal()
        shocks = rng.normal(size=rows) * np.sqrt(1 - correlation**2)
        for at in range(1, rows):
            losses[at] = correlation * losses[at - 1] + shocks[at]
        return losses

    return draw
