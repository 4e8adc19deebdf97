import numpy as np
import pytest

from automl_tasks.deliver.compare import compare


@pytest.fixture
def y():
    return np.random.default_rng(1).normal(size=400)


def noisy(y, scale, seed):
    return y + np.random.default_rng(seed).normal(scale=scale, size=len(y))


def test_a_clearly_better_challenger_is_seen(y):
    found = compare("rmse", y, noisy(y, 1.0, 2), noisy(y, 0.5, 3), in_blocks=False)
    assert found.probability_better == 1.0
    assert 0 < found.low < found.improvement
    assert found.challenger < found.champion
    assert found.rows == 400


def test_the_same_predictions_are_no_improvement(y):
    same = noisy(y, 1.0, 2)
    found = compare("rmse", y, same, same, in_blocks=False)
    assert (found.improvement, found.low, found.probability_better) == (0, 0, 0)


def test_a_metric_where_greater_is_better_points_the_same_way():
    y = np.tile([0, 1], 100)
    good = np.column_stack([1 - y * 0.8, y * 0.8])
    bad = np.full((200, 2), 0.5)
    found = compare("roc_auc", y, bad, good, in_blocks=False)
    assert found.improvement == pytest.approx(0.5)
    assert found.champion == 0.5
    assert found.challenger == 1.0


def test_equal_arguments_give_equal_numbers(y):
    arguments = ("rmse", y, noisy(y, 1.0, 2), noisy(y, 0.98, 3))
    assert compare(*arguments, in_blocks=True, seed=4) == compare(
        *arguments, in_blocks=True, seed=4
    )


def test_neighbours_that_are_alike_widen_the_interval(y):
    # Whole stretches in which the challenger is better or worse: few independent facts.
    shift = np.repeat(np.random.default_rng(5).normal(size=20), 20)
    champion, challenger = np.abs(shift) + 1, np.abs(shift + 0.3)
    zero = np.zeros(400)
    single = compare("mae", zero, champion, challenger, in_blocks=False)
    blocks = compare("mae", zero, champion, challenger, in_blocks=True)
    assert blocks.improvement - blocks.low > 1.3 * (single.improvement - single.low)


def test_rows_of_one_class_decide_nothing():
    y, scores = np.ones(50, dtype=int), np.full((50, 2), 0.5)
    assert compare("roc_auc", y, scores, scores, in_blocks=False) is None


def test_a_missing_prediction_decides_nothing(y):
    broken = np.where(np.arange(400) == 3, np.nan, y)
    assert compare("rmse", y, y, broken, in_blocks=False) is None


def test_heavy_rows_decide():
    y = np.zeros(300)
    champion, challenger = np.tile([1.0, 3.0, 3.0], 100), np.tile([2.0, 1.0, 1.0], 100)
    assert compare("mae", y, champion, challenger, in_blocks=False).improvement > 0
    weight = np.tile([9.0, 1.0, 1.0], 100)
    heavy = compare("mae", y, champion, challenger, in_blocks=False, weight=weight)
    assert (heavy.champion, heavy.challenger) == pytest.approx((15 / 11, 20 / 11))
    assert heavy.probability_better < 0.05
