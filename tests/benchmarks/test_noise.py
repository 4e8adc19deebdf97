import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def noise():
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("noise")
    sys.path.remove(str(FOLDER))
    del sys.modules["noise"]


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    return y, y + rng.normal(scale=0.5, size=400), rng


def test_a_clearly_worse_prediction_is_worse_and_the_other_way_round_better(noise, values):
    y, good, rng = values
    bad = good + rng.normal(scale=0.5, size=400)
    found = noise.difference("rmse", y, good, bad)
    assert found.verdict == "worse"
    assert found.value == pytest.approx(
        np.sqrt(np.mean((y - bad) ** 2)) - np.sqrt(np.mean((y - good) ** 2))
    )
    assert noise.difference("rmse", y, bad, good).verdict == "better"


def test_as_good_a_prediction_is_equal_although_its_loss_differs(noise, values):
    y, good, rng = values
    found = noise.difference("rmse", y, good, y + rng.normal(scale=0.5, size=400))
    assert found.value != 0
    assert found.verdict == "equal"
    assert noise.difference("rmse", y, good, good).verdict == "equal"


def test_the_standard_error_of_an_auc_is_that_of_drawn_rows(noise):
    rng = np.random.default_rng(1)
    losses = []
    for _ in range(150):
        y, one, other = (rng.integers(0, 2, 200), *rng.random((2, 200)))
        first, second = (np.stack([1 - p, p], axis=1) for p in (one + 0.5 * y, other + 0.5 * y))
        losses.append(noise.difference("roc_auc", y, first, second, rounds=1).value)
    error = noise.difference("roc_auc", y, first, second).error
    assert error == pytest.approx(np.std(losses), rel=0.35)


def test_the_interval_of_a_mean_holds_it_and_narrows_with_more_values(noise):
    values = [*np.random.default_rng(2).normal(1.0, 1.0, 40)]
    middle, low, high = noise.mean_interval(values)
    assert middle == pytest.approx(np.mean(values))
    assert low < middle < high
    _, few_low, few_high = noise.mean_interval(values[:5])
    assert high - low < few_high - few_low
