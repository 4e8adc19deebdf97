import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import DataError
from automl_tasks.features import infer_task, usable_rows

rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("expected", "values"),
    [
        ("binary", ["good", "bad"] * 20),
        ("binary", [True, False, None] * 20),
        ("binary", [0, 1] * 20),
        ("binary", [0.5, 1.5] * 20),
        ("binary", [1.0, 2.0, np.nan] * 20),
        ("multiclass", list("abcdefghijklmnopqrstuvwxyz") * 5),
        ("multiclass", list(range(3, 10)) * 20),
        ("multiclass", list(range(1, 16)) * 60),
        ("regression", list(range(1, 30)) * 60),
        ("regression", [5, 7, 9, 11, 30, 40, 50, 60, 70, 80, 95] * 60),
        ("regression", list(range(9)) * 2),
        ("regression", [0.5, 1.25, 3.0] * 50),
        ("regression", [str(value) for value in rng.normal(size=50)]),
    ],
)
def test_infer_task(expected, values):
    assert infer_task(pd.Series(values, name="y")) == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([None, None], "no value in any row"),
        ([], "there are no rows"),
        (["a", "a", None], "one value only"),
        ([3.0, 3.0], "one value only"),
        ([f"name {n}" for n in range(50)], "50 different texts in 50 rows"),
        (pd.date_range("2024-01-01", periods=9), "holds dates"),
    ],
)
def test_target_without_a_task(values, message):
    with pytest.raises(DataError, match=message) as caught:
        infer_task(pd.Series(values, name="label", dtype=None if len(values) else object))
    assert "column 'label'" in str(caught.value)


def test_rows_without_label_and_single_members_are_left_out_with_a_note():
    target = pd.Series(["a", "b", None, "c", "a", "b"])
    usable, notes = usable_rows(target, "multiclass")
    assert usable.tolist() == [True, True, False, False, True, True]
    assert notes == [
        "1 rows have no label and are left out",
        "1 classes have one row only and are left out: 'c'",
    ]


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        (["x", "x"], "binary", "one value only"),
        (["x", "y"], "binary", "fewer than two classes"),
        (list("aabbcc"), "binary", "3 classes, too many for task binary. Set task: multiclass"),
        ([1.0, "many", 2.0], "regression", "must be numbers .got 'many'"),
        ([1.0, np.inf, -np.inf], "regression", "infinite in 2 rows"),
        ([2.0, 2.0, None], "regression", "one value only"),
        ([None, None], "regression", "no value in any row"),
    ],
)
def test_unusable_targets(values, task, message):
    with pytest.raises(DataError, match=message):
        usable_rows(pd.Series(values, name="y"), task)


@pytest.mark.parametrize("rows", [5_000, 800])
def test_fractions_that_hardly_repeat_are_no_classes(rows):
    values = pd.Series(np.random.default_rng(0).normal(size=rows).round(6), name="price")
    doubled = pd.concat([values, values])
    for target in (values, doubled):
        with pytest.raises(DataError, match=r"looks continuous.*\(such as 0\.12573\).*regression"):
            usable_rows(target, "multiclass")


def test_few_fractions_may_be_classes():
    grades = pd.Series(np.tile([1.0, 1.3, 1.7, 2.0], 5), name="grade")
    assert usable_rows(grades, "multiclass")[0].all()


def test_messages_show_values_as_people_write_them():
    with pytest.raises(DataError, match=r"has one value only \(7\)"):
        usable_rows(pd.Series([7, 7, 7], name="y"), "regression")
