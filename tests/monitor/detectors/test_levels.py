import numpy as np
import pytest

from automl_tasks.monitor.detectors import WindowLoss
from automl_tasks.monitor.detectors.levels import levels
from automl_tasks.monitor.performance import LossComparison, Sample, compare


def level(windows):
    return levels(windows[0])[0]


@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_the_error_of_a_mean_is_what_repeated_draws_show(windows_of, autoregressive, correlation):
    found = []
    for seed in range(60):
        losses = autoregressive(np.random.default_rng(seed), 900, correlation)
        found.append(level(windows_of(losses, reference=300, rows=600)))
    seen = np.std([each.loss for each in found])
    told = np.sqrt(np.mean([each.spread / each.rows for each in found]))
    assert 0.8 * seen < told < 1.6 * seen


def test_correlated_rows_are_fewer_than_they_look(windows_of, autoregressive):
    rng = np.random.default_rng(0)
    alone = level(windows_of(rng.normal(size=1300)))
    together = level(windows_of(autoregressive(rng, 1300, 0.9)))
    assert together.freedom < 25 < alone.freedom


def test_rows_without_an_order_have_no_neighbours(windows_of, autoregressive):
    losses = autoregressive(np.random.default_rng(0), 1300, 0.9)
    assert level(windows_of(losses, ordered=False)).spread < level(windows_of(losses)).spread


def test_bootstrap_intervals_tell_about_the_same_as_blocks(windows_of):
    rng = np.random.default_rng(0)
    losses = 2 + rng.normal(size=1300)

    def mean(truth, prediction, weight):
        return float(truth.mean())

    here, there = (Sample(part, part, False) for part in (losses[1000:], losses[:1000]))
    interval = levels(
        WindowLoss(compare(here, there, mean, confidence=0.9, seed=0), confidence=0.9)
    )
    blocks = levels(windows_of(losses, ordered=False)[0])
    for one, other in zip(interval, blocks, strict=True):
        assert one.loss == pytest.approx(other.loss)
        assert one.spread == pytest.approx(other.spread, rel=0.6)


def test_what_was_not_measured_has_no_level():
    point = LossComparison(rows=10, reference_rows=10, loss=1.0, reference_loss=1.0)
    assert levels(WindowLoss(point)) is None
