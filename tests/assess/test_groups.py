import numpy as np
import pandas as pd
import pytest

from automl_tasks.assess.groups import metric_by_group


def by_group(column, metric, y, prediction):
    groups = metric_by_group(pd.Series(column), metric, np.array(y), np.array(prediction))
    return {each.group: each for each in groups}


def test_a_group_that_is_served_worse_shows():
    column = ["f"] * 40 + ["m"] * 60
    found = by_group(column, "rmse", np.zeros(100), [2.0] * 40 + [1.0] * 60)
    assert list(found) == ["m", "f"]
    assert (found["f"].value, found["f"].rows) == (2.0, 40)
    assert (found["m"].value, found["m"].rows) == (1.0, 60)


def test_small_groups_are_pooled_and_missing_ones_named():
    column = ["a"] * 50 + [None] * 40 + [f"x{at}" for at in range(20)] + ["b"] * 15
    found = by_group(column, "mae", np.zeros(125), np.ones(125))
    assert {name: each.rows for name, each in found.items()} == {
        "a": 50,
        "missing": 40,
        "others": 35,
    }


def test_numbers_of_many_values_are_cut_into_quarters():
    found = by_group(np.linspace(18, 78, 400), "mae", np.zeros(400), np.ones(400))
    assert len(found) == 4
    assert all(each.rows == 100 for each in found.values())
    assert [name.split(" to ")[0] for name in found if name.startswith("18 ")] == ["18"]
    assert any(name.endswith("to 78") for name in found)


def test_a_group_with_one_class_has_no_auc():
    y = [0] * 40 + [0, 1] * 20
    prediction = np.tile([0.5, 0.5], (80, 1))
    found = by_group(["one"] * 40 + ["both"] * 40, "roc_auc", y, prediction)
    assert found["one"].value is None
    assert found["both"].value == pytest.approx(0.5)
