"""Page-Hinkley and ADWIN, which differ in what they find and not in how they are asked."""

import numpy as np
import pytest

from automl_tasks.monitor.detectors import WindowLoss, make_detector
from automl_tasks.monitor.performance import LossComparison

pytest.importorskip("river")

both = pytest.mark.parametrize("name", ["page_hinkley", "adwin"])


def rising(rng, *, at=4, rise=1.0, windows=8):
    losses = 5 + 2 * rng.normal(size=1000 + 300 * windows)
    losses[1000 + 300 * at :] += 2 * rise
    return losses


@both
def test_a_rise_is_found_within_two_windows_and_not_before(windows_of, name):
    needed, before = [], 0
    for seed in range(4):
        windows = windows_of(rising(np.random.default_rng(seed)))
        verdicts = [make_detector(name).judge(windows[: at + 1]) for at in range(8)]
        before += sum(bool(verdict.violates) for verdict in verdicts[:4])
        found = [at + 1 for at, verdict in enumerate(verdicts[4:]) if verdict.violates]
        needed.append(found[0] if found else np.inf)
    assert np.median(needed) <= 2
    assert before <= 2


@both
def test_a_fall_is_no_rise(windows_of, name):
    windows = windows_of(rising(np.random.default_rng(0), rise=-1.0))
    assert not make_detector(name).judge(windows).violates


@both
def test_a_found_rise_is_remembered_while_the_loss_stays_up(windows_of, name):
    windows = windows_of(rising(np.random.default_rng(0), at=2))
    verdict = make_detector(name).judge(windows)
    assert verdict.violates
    assert verdict.since >= 4
    assert "is above the reference" in verdict.words


@both
def test_a_rise_that_is_over_calls_for_nothing(windows_of, name):
    losses = rising(np.random.default_rng(0), at=2)
    losses[1000 + 300 * 5 :] -= 3
    verdict = make_detector(name).judge(windows_of(losses))
    assert not verdict.violates
    assert "no longer above the reference" in verdict.words


@both
def test_the_same_windows_give_the_same_verdict(windows_of, name):
    windows = windows_of(rising(np.random.default_rng(0)))
    detector = make_detector(name)
    assert detector.judge(windows) == detector.judge(windows)


@both
def test_without_losses_nothing_is_told(windows_of, name):
    windows = windows_of(rising(np.random.default_rng(0)))
    bare = WindowLoss(LossComparison(rows=300, reference_rows=1000, loss=1.0, reference_loss=1.0))
    assert make_detector(name).judge([bare]).violates is None
    assert make_detector(name).judge([]).violates is None
    assert make_detector(name).judge([bare, *windows]).violates
