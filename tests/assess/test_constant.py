import numpy as np
import pytest

from automl_tasks.assess.constant import Constant
from automl_tasks.search.metrics import Labelling, Measure

Y = np.array([0, 1] * 50)


def test_a_constant_of_shares_ranks_at_random():
    constant = Constant(np.array([0, 0, 0, 1]), None, 2)
    assert constant.score(Measure("roc_auc"), Y) == 0.5
    assert constant.score(Measure("log_loss"), Y) == pytest.approx(-np.mean(np.log([0.75, 0.25])))


def test_weights_decide_which_class_is_the_commonest():
    y = np.array([0, 0, 0, 1])
    assert Constant(y, None, 2).score(Measure("accuracy"), y) == 0.75
    heavy = Constant(y, np.array([1.0, 1, 1, 9]), 2)
    assert heavy.score(Measure("accuracy"), y) == 0.25


def test_for_f1_everything_is_positive_and_for_costs_the_cheapest_label_is_said():
    rare = np.array([0] * 9 + [1])
    constant = Constant(rare, None, 2)
    assert constant.score(Measure("f1"), rare) == pytest.approx(2 * 0.1 / 1.1)
    missed = Measure("cost", costs=((0, 1), (50, 0)))
    assert constant.score(missed, rare) == pytest.approx(0.9)  # not 5, as for the commonest
    assert constant.score(missed.decided(Labelling((0.9, 0.1))), rare) == pytest.approx(0.9)


def test_a_quantile_has_a_quantile_for_a_constant():
    y = np.arange(1, 101.0)
    constant = Constant(y, None, 0)
    assert constant.score(Measure("rmse"), np.array([50.5])) == 0
    assert constant.score(Measure("pinball", 0.9), np.array([90.0])) == pytest.approx(0, abs=1e-9)
