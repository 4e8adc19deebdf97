import numpy as np
import pytest

from automl_tasks.assess.intervals import baseline_prediction, holdout_metrics

RNG = np.random.default_rng(0)


def test_the_interval_holds_the_value_and_narrows_with_more_rows():
    widths = []
    for rows in (50, 5_000):
        y = RNG.normal(size=rows)
        prediction = y + RNG.normal(0, 0.5, rows)
        found = holdout_metrics("regression", y, prediction, np.zeros(rows), seed=0)
        assert list(found) == ["rmse", "mae", "r2"]
        assert all(each.low <= each.value <= each.high for each in found.values())
        widths.append(found["rmse"].high - found["rmse"].low)
    assert widths[1] < widths[0] / 3
    assert found["rmse"].value == pytest.approx(0.5, abs=0.02)
    assert found["rmse"].baseline == pytest.approx(1.0, abs=0.05)


def test_the_same_seed_gives_the_same_interval():
    y = RNG.integers(0, 2, 200)
    prediction = np.column_stack([1 - y * 0.6, y * 0.6])
    constant = baseline_prediction("binary", y, 200, 2)
    first = holdout_metrics("binary", y, prediction, constant, seed=3)
    assert first == holdout_metrics("binary", y, prediction, constant, seed=3)
    assert first != holdout_metrics("binary", y, prediction, constant, seed=4)


def test_a_constant_predictor_ranks_at_random():
    y = np.array([0, 1] * 50)
    constant = baseline_prediction("binary", np.array([0, 0, 0, 1]), 100, 2)
    assert constant[0].tolist() == [0.75, 0.25]
    found = holdout_metrics("binary", y, constant, constant, seed=0)
    assert found["roc_auc"].value == found["roc_auc"].baseline == 0.5


def test_a_metric_that_the_rows_do_not_determine_is_left_out():
    y = np.zeros(40, dtype=int)
    constant = baseline_prediction("binary", np.array([0, 1]), 40, 2)
    found = holdout_metrics("binary", y, constant, constant, seed=0)
    assert "roc_auc" not in found
    assert found["log_loss"].value == pytest.approx(np.log(2))
