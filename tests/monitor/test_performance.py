from functools import partial

import numpy as np
import pytest

from automl_tasks.monitor.performance import Sample, compare
from automl_tasks.search.metrics import loss

rmse = partial(loss, "rmse")


def noise(errors, *, ordered=False):
    return Sample(np.asarray(errors), np.zeros(len(errors)), ordered)


def against(window, reference, metric=rmse):
    return compare(window, reference, metric, confidence=0.95, seed=3)


def test_a_worse_window_is_measured_with_its_certainty():
    rng = np.random.default_rng(0)
    result = against(noise(rng.normal(scale=1.5, size=800)), noise(rng.normal(size=2000)))
    assert (result.rows, result.reference_rows) == (800, 2000)
    assert result.increase == pytest.approx(0.5, abs=0.1)
    assert 0.35 < result.increase_at_least < result.increase
    low, high = result.increase_interval
    assert low < result.increase_at_least < high
    assert result.loss_interval[0] < result.loss < result.loss_interval[1]


def test_the_same_rows_give_the_same_numbers():
    rng = np.random.default_rng(0)
    window, reference = noise(rng.normal(size=200)), noise(rng.normal(size=300))
    assert against(window, reference) == against(window, reference)


def false_alarms(make_errors, *, ordered):
    rng = np.random.default_rng(5)
    bounds = [
        against(
            noise(make_errors(rng, 200), ordered=ordered),
            noise(make_errors(rng, 400), ordered=ordered),
        ).increase_at_least
        for _ in range(100)
    ]
    return np.mean(np.array(bounds) > 0)


def autocorrelated(rng, rows):
    errors = np.empty(rows)
    errors[0] = rng.normal()
    for i, shock in enumerate(rng.normal(size=rows - 1), start=1):
        errors[i] = 0.9 * errors[i - 1] + shock * np.sqrt(1 - 0.9**2)
    return errors


def test_the_lower_bound_is_above_the_truth_about_as_seldom_as_promised():
    assert false_alarms(lambda rng, rows: rng.normal(size=rows), ordered=False) <= 0.1


def test_blocks_keep_autocorrelated_errors_from_alarming():
    in_blocks = false_alarms(autocorrelated, ordered=True)
    assert in_blocks <= 0.2
    assert false_alarms(autocorrelated, ordered=False) > in_blocks


def test_one_class_has_no_auc_and_no_judgement():
    probabilities = np.column_stack([np.linspace(0, 1, 100), np.linspace(1, 0, 100)])
    one, two = np.zeros(100, dtype=np.int64), np.arange(100) % 2
    result = against(
        Sample(one, probabilities, False),
        Sample(two, probabilities, False),
        partial(loss, "roc_auc"),
    )
    assert result.loss is None
    assert result.reference_loss is not None
    assert result.increase_at_least is None


def test_a_perfect_holdout_gives_finite_numbers():
    result = against(noise(np.ones(50)), noise(np.zeros(50)))
    assert np.isfinite(result.increase)
    assert result.increase_at_least > 1


def test_no_rows_are_no_loss():
    result = against(noise([]), noise([1.0, 2.0]))
    assert (result.rows, result.loss, result.increase) == (0, None, None)


def test_a_large_window_meets_a_small_holdout():
    rng = np.random.default_rng(0)
    result = against(noise(rng.normal(scale=1.5, size=150_000)), noise(rng.normal(size=100)))
    assert 0.2 < result.increase_at_least < result.increase
