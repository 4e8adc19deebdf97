import numpy as np
import pytest

from automl_tasks.assess.constant import Constant
from automl_tasks.assess.intervals import holdout_metrics
from automl_tasks.search.metrics import Labelling, Measure, metrics_of

RNG = np.random.default_rng(0)


def metrics(task, y, prediction, constant, **more):
    return holdout_metrics(map(Measure, metrics_of(task)), y, prediction, constant, **more)


def test_the_interval_holds_the_value_and_narrows_with_more_rows():
    widths = []
    for rows in (50, 5_000):
        y = RNG.normal(size=rows)
        prediction = y + RNG.normal(0, 0.5, rows)
        found = metrics("regression", y, prediction, Constant(np.zeros(3), None, 0))
        assert list(found) == ["rmse", "mae", "r2"]
        assert all(each.low <= each.value <= each.high for each in found.values())
        widths.append(found["rmse"].high - found["rmse"].low)
    assert widths[1] < widths[0] / 3
    assert found["rmse"].value == pytest.approx(0.5, abs=0.02)
    assert found["rmse"].baseline == pytest.approx(1.0, abs=0.05)


def test_the_same_seed_gives_the_same_interval():
    y = RNG.integers(0, 2, 200)
    prediction = np.column_stack([1 - y * 0.6, y * 0.6])
    constant = Constant(y, None, 2)
    first = metrics("binary", y, prediction, constant, seed=3)
    assert first == metrics("binary", y, prediction, constant, seed=3)
    assert first != metrics("binary", y, prediction, constant, seed=4)


def test_a_metric_that_the_rows_do_not_determine_is_left_out():
    y = np.zeros(40, dtype=int)
    found = metrics("binary", y, np.full((40, 2), 0.5), Constant(np.array([0, 1]), None, 2))
    assert "roc_auc" not in found
    assert found["log_loss"].value == pytest.approx(np.log(2))


def test_heavy_rows_count_more_in_value_interval_and_baseline():
    y = np.array([0.0, 1.0] * 100)
    wrong_on_ones, weight = np.zeros(200), np.where(y == 1, 9.0, 1.0)
    constant = Constant(y, weight, 0)
    plain = metrics("regression", y, wrong_on_ones, constant)["mae"]
    heavy = metrics("regression", y, wrong_on_ones, constant, weight=weight)["mae"]
    assert (plain.value, heavy.value) == (0.5, 0.9)
    assert plain.high < heavy.low
    assert heavy.baseline == pytest.approx(0.18)  # it says 0.9


def test_labels_are_judged_by_the_decision_that_is_given():
    y = np.array([0, 0, 1, 1] * 10)
    p = np.tile([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.55, 0.45]], (10, 1))
    constant = Constant(y, None, 2)
    decision = Measure("f1").decided(None), Measure("f1").decided(Labelling((0.3, 0.7)))
    at_half, tuned = (holdout_metrics([each], y, p, constant)["f1"] for each in decision)
    assert at_half.value == 0
    assert tuned.value == 1
    assert at_half.baseline == tuned.baseline == pytest.approx(2 / 3)  # everything is positive
