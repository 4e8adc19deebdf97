import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.problem import Problem
from automl_tasks.search.resolve import check_columns, resolve, with_arguments

FRAME = pd.DataFrame(
    {
        "shop": ["a", "b"] * 20,
        "size": np.arange(40) % 3,
        "when": pd.date_range("2024-01-01", periods=40),
        "y": ["no", "yes"] * 20,
        "price": np.arange(40) / 7,
    }
)


def problem(target="y", **more):
    return Problem(name="shop", source="x.csv", target=target, **more)


def test_the_columns_of_groups_and_weights_are_no_features():
    found, _ = resolve(problem(group="shop", weight="size", ignore=("when",)), FRAME)
    assert found.ignore == ("when", "shop", "size")
    again, _ = resolve(found, FRAME)
    assert again == found


@pytest.mark.parametrize("key", ["group", "weight", "time"])
def test_a_column_that_is_not_there_names_the_nearest(key):
    asked = problem(**{key: "shopp"})
    with pytest.raises(ProblemError, match=f"'{key}' names column 'shopp'.*Did you mean 'shop'"):
        check_columns(FRAME, asked)


def test_settings_choose_the_metric_that_they_belong_to():
    costs = {"no": {"yes": 1}, "yes": {"no": 5}}
    found, notes = resolve(problem(costs=costs), FRAME)
    assert found.metric == "cost"
    assert "metric cost: costs are given" in notes
    found, _ = resolve(problem("price", quantile=0.9), FRAME)
    assert found.metric == "pinball"
    assert resolve(problem("price"), FRAME)[0].metric == "rmse"


@pytest.mark.parametrize(
    ("target", "costs", "expected"),
    [
        ("y", {"no": {"yess": 1}, "yes": {"no": 5}}, r"class 'yess'.*Did you mean 'yes'\?"),
        ("y", {"ja": {"no": 1}}, "class 'ja', which 'y' does not have"),
        ("y", {"no": {"yes": 1}}, "does not say what it costs to take 'yes' for 'no'"),
        ("price", {"no": {"yes": 1}}, "'costs' does not suit the task regression"),
    ],
)
def test_costs_that_do_not_suit_the_classes_are_errors(target, costs, expected):
    with pytest.raises(ProblemError, match=expected):
        resolve(problem(target, costs=costs), FRAME)


def test_the_positive_class_must_be_one_of_two():
    assert resolve(problem(positive="no"), FRAME)[0].positive == "no"
    with pytest.raises(ProblemError, match=r"class 'True'.*Classes: no, yes \(YAML reads yes"):
        resolve(problem(positive="True"), FRAME)
    with pytest.raises(ProblemError, match="'positive' does not suit the task multiclass"):
        resolve(problem("size", positive="1", task="multiclass"), FRAME)


def test_costs_of_numbered_classes_are_named_by_their_number():
    frame = FRAME.assign(y=np.tile([0.0, 1.0], 20))
    costs = {"0": {"1": 1}, "1": {"0": 5}}
    assert resolve(problem(costs=costs), frame)[0].metric == "cost"


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (np.arange(40) - 1, r"1 weights are no number from 0 on \(such as -1\)"),
        (np.where(np.arange(40) < 2, np.nan, 1), r"2 weights are no number .* nan\)"),
        (["many"] * 40, r"40 weights are no number .* 'many'\)"),
        (np.zeros(40), "all weights are 0"),
    ],
)
def test_impossible_weights_are_errors(weights, expected):
    with pytest.raises(DataError, match=expected):
        resolve(problem(weight="size"), FRAME.assign(size=weights))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"gap_rows": 3}, "no meaning when rows are split at random"),
        ({"gap_hours": 3, "time": "when", "split": "random"}, "no meaning when rows are split at"),
        ({"gap_hours": 3, "split": "time"}, "'gap_hours' needs a time column"),
    ],
)
def test_a_gap_without_an_order_is_an_error(more, expected):
    with pytest.raises(ProblemError, match=expected):
        resolve(problem(**more), FRAME)


def test_the_runs_metric_is_checked_before_anything_else():
    with pytest.raises(ProblemError, match=r"no metric 'auc'\. .*Choose one of rmse"):
        with_arguments(problem(), None, "auc")
    with pytest.raises(ProblemError, match="'mae' does not suit the task 'binary'"):
        resolve(with_arguments(problem(), None, "mae"), FRAME)


def test_a_target_that_cannot_be_learned_is_an_error_at_once():
    constant = FRAME.assign(y="yes")
    with pytest.raises(DataError, match="one value only"):
        resolve(problem(), constant)
