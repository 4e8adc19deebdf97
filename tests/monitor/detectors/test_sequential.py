import numpy as np
import pytest

from automl_tasks.monitor.detectors import WindowLoss, make_detector
from automl_tasks.monitor.performance import LossComparison, Sample, compare

LIVES, WINDOWS, ROWS, REFERENCE = 25, 8, 300, 1000

KINDS = {
    "normal": lambda rng, rows: rng.normal(size=rows),
    "skewed": lambda rng, rows: rng.exponential(size=rows),
    "heavy tails": lambda rng, rows: rng.standard_t(3, size=rows) ** 2,
    "rare mistakes": lambda rng, rows: (rng.random(rows) < 0.05).astype(float),
}


def judged(detector, windows):
    """A verdict after each window."""
    return [detector.judge(windows[: at + 1]) for at in range(len(windows))]


def false_alarms(windows_of, draw, reference=REFERENCE, rows=ROWS):
    """Share of checks that alarm, over lives in which nothing changes."""
    detector, found = make_detector(), []
    for seed in range(LIVES):
        losses = draw(np.random.default_rng(seed), reference + rows * WINDOWS)
        verdicts = judged(detector, windows_of(losses, reference=reference, rows=rows))
        found += [verdict.violates for verdict in verdicts]
    return np.mean(found)


@pytest.mark.parametrize("kind", KINDS)
def test_at_most_one_check_in_a_hundred_alarms_falsely(windows_of, kind):
    assert false_alarms(windows_of, KINDS[kind]) <= 0.01


@pytest.mark.parametrize("correlation", [0.5, 0.9])
def test_losses_that_resemble_their_neighbours_alarm_as_seldom(
    windows_of, autoregressive, correlation
):
    def draw(rng, rows):
        return autoregressive(rng, rows, correlation)

    assert false_alarms(windows_of, draw) <= 0.01


def test_a_small_reference_does_not_alarm_forever(windows_of):
    assert false_alarms(windows_of, KINDS["skewed"], reference=100) <= 0.01


def test_short_windows_of_equal_losses_do_not_look_certain(windows_of):
    def seldom_right(rng, rows):
        return (rng.random(rows) < 0.96).astype(float)

    assert false_alarms(windows_of, seldom_right, rows=60) <= 0.01


@pytest.mark.parametrize("kind", ["normal", "skewed"])
def test_a_rise_of_half_a_deviation_is_found_within_two_windows(windows_of, kind):
    needed = []
    for seed in range(20):
        losses = KINDS[kind](np.random.default_rng(seed), REFERENCE + ROWS * 8)
        losses[REFERENCE + ROWS * 4 :] += 0.5
        verdicts = judged(make_detector(), windows_of(losses))[4:]
        found = [at + 1 for at, verdict in enumerate(verdicts) if verdict.violates]
        needed.append(found[0] if found else np.inf)
    assert np.median(needed) <= 2
    assert np.quantile(needed, 0.9) <= 2


def test_a_rise_too_small_for_one_window_is_found_over_many(windows_of):
    rng = np.random.default_rng(1)
    losses = rng.normal(size=20_000 + ROWS * 16)
    losses[20_000:] += 0.1
    verdicts = judged(make_detector(), windows_of(losses, reference=20_000))
    assert not verdicts[0].violates
    assert verdicts[-1].violates
    assert verdicts[-1].since >= 4


def test_a_rise_that_is_over_calls_for_nothing(windows_of):
    rng = np.random.default_rng(0)
    losses = rng.normal(size=REFERENCE + ROWS * 4)
    losses[REFERENCE + ROWS : REFERENCE + 3 * ROWS] += 1.0
    losses[REFERENCE + 3 * ROWS :] -= 0.3
    verdicts = judged(make_detector(), windows_of(losses))
    assert [verdict.violates for verdict in verdicts] == [False, True, True, False]


def test_a_tolerated_rise_is_none(windows_of):
    rng = np.random.default_rng(0)
    losses = 1 + 0.3 * rng.normal(size=REFERENCE + ROWS)
    losses[REFERENCE:] += 0.15
    windows = windows_of(losses)
    assert make_detector().judge(windows).violates
    verdict = make_detector("sequential", {"tolerance": 0.2}).judge(windows)
    assert not verdict.violates
    assert "by more than 20 %" in verdict.words


def test_a_whole_life_has_less_to_spend_on_each_check(windows_of):
    windows = windows_of(np.random.default_rng(0).normal(size=REFERENCE + ROWS * 10))
    each = make_detector("sequential", {"spending": "per_check"})
    life = make_detector("sequential", {"spending": "per_life"})
    assert each.judge(windows).threshold == each.judge(windows[:1]).threshold == 0.01
    spent = [life.judge(windows[: at + 1]).threshold for at in range(10)]
    assert spent == sorted(spent, reverse=True)
    assert 0.009 < sum(spent) < 0.01


def test_the_words_say_what_was_compared(windows_of):
    losses = np.repeat([1.0, 2.0], [REFERENCE, ROWS]) + np.tile([-0.1, 0.1], 650)
    verdict = make_detector().judge(windows_of(losses))
    assert verdict.words == (
        "the loss over the newest window is 2 against 1 on the reference; the probability of "
        "this, had it not risen, is less than 1 in 10,000"
    )
    assert verdict.statistic < verdict.threshold


def errors(rng, rows, scale):
    return Sample(rng.normal(scale=scale, size=rows), np.zeros(rows), False)


def squared(truth, prediction, weight):
    return float(np.mean((truth - prediction) ** 2))


def test_without_blocks_the_bootstrap_interval_serves():
    rng = np.random.default_rng(0)
    reference = errors(rng, 1000, 1.0)

    def measured(scale):
        window = errors(rng, 300, scale)
        return WindowLoss(compare(window, reference, squared, confidence=0.95, seed=0))

    assert not make_detector().judge([measured(1.0)]).violates
    assert make_detector().judge([measured(1.0), measured(1.5)]).violates


def test_a_window_without_loss_is_unknown_and_harms_no_later_one(windows_of):
    windows = windows_of(np.random.default_rng(0).normal(size=REFERENCE + ROWS * 2))
    lost = WindowLoss(LossComparison(rows=3, reference_rows=REFERENCE))
    assert make_detector().judge([*windows, lost]).violates is None
    assert make_detector().judge([]).violates is None
    assert make_detector().judge([windows[0], lost, windows[1]]).violates is False


def test_constant_losses_need_no_statistics(windows_of):
    same = np.ones(REFERENCE + ROWS)
    assert not make_detector().judge(windows_of(same)).violates
    worse = np.repeat([1.0, 2.0], [REFERENCE, ROWS])
    assert make_detector().judge(windows_of(worse)).violates
