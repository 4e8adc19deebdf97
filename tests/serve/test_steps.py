import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve.steps import SharedSteps, apply_step, apply_steps
from automl_tasks.serve.steps.table import pack, to_frame, unpack
from automl_tasks.serve.steps.values import Texts, levels_of, moments, numbers, texts


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [1, 2]),
        ([1.5, np.inf, -np.inf], [1.5, np.nan, np.nan]),
        (["1", " 2.5 ", "x", None, "TRUE"], [1, 2.5, np.nan, np.nan, 1]),
        ([True, None, False], [1, np.nan, 0]),
        (pd.array([1, None], dtype="Int64"), [1, np.nan]),
        (pd.array([True, None], dtype="boolean"), [1, np.nan]),
        (pd.to_timedelta(["36h", None]), [1.5, np.nan]),
        (pd.to_datetime(["2024-01-01"]), [np.nan]),
        (pd.Categorical(["3", "4"]), [3, 4]),
    ],
)
def test_numbers(values, expected):
    np.testing.assert_array_equal(numbers(pd.Series(values)), np.array(expected, dtype=float))


@pytest.mark.parametrize("repeat", [1, 300])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5, 7], ["5", "7"]),
        ([5.0, np.nan, 2.5], ["5", None, "2.5"]),
        (["a", None, ""], ["a", None, ""]),
        (np.array(["a", 1, 1.0, True, np.nan], dtype=object), ["a", "1", "1", "True", None]),
        ([True, False], ["True", "False"]),
        (pd.array([1, None], dtype="Int64"), ["1", None]),
        (pd.Categorical(["x", None, "y"]), ["x", None, "y"]),
        (pd.array(["x", None], dtype="string"), ["x", None]),
        (np.array([0.1], dtype=np.float32), ["0.10000000149011612"]),
        ([b"abc"], ["abc"]),
    ],
)
def test_texts(values, expected, repeat):
    series = pd.concat([pd.Series(values)] * repeat, ignore_index=True)
    assert texts(series).tolist() == expected * repeat


@pytest.mark.parametrize(
    "values",
    [
        ["2024-03-01T10:00:00"],
        ["2024-03-01 10:00"],
        ["2024-03-01T12:00:00+02:00"],
        pd.to_datetime(["2024-03-01T10:00"]).as_unit("s"),
        pd.to_datetime(["2024-03-01T11:00"]).tz_localize("Europe/Paris"),
        [pd.Timestamp("2024-03-01T10:00").to_pydatetime()],
    ],
)
def test_moments_of_one_instant(values):
    assert moments(pd.Series(values)).tolist() == moments(pd.Series(["2024-03-01T10:00"])).tolist()


def test_what_is_no_moment_is_missing():
    unread = pd.Series(["yesterday", None, "9999-99-99"])
    assert np.isnat(moments(unread)).all()
    assert np.isnat(moments(pd.Series([3.0]))).all()


def test_unread_text_keeps_its_input():
    values = pd.Series(["a", None], dtype=object)
    texts(values)[:] = "changed"
    assert values.tolist() == ["a", None]


def test_texts_that_steps_share_cannot_be_changed_but_in_a_copy():
    shared = Texts.of(pd.Series(["a", None, "a"]))
    assert texts(shared) is shared
    assert levels_of(shared)[0].tolist() == [0, -1, 0]
    with pytest.raises(ValueError, match="read-only"):
        shared[0] = "b"
    copied = shared.copy()
    copied[1] = "b"
    assert levels_of(copied)[0].tolist() == [0, 1, 0]
    frame = to_frame({"x": shared})
    frame.loc[0, "x"] = "b"
    assert shared.tolist() == ["a", None, "a"]


@pytest.mark.parametrize("repeat", [1, 300])
def test_missing_is_not_the_text_that_stands_for_it(repeat):
    frame = pd.DataFrame({"x": ["a", None, "<missing>", "new"] * repeat})
    levels = {"a": 0, "<missing>": 1}
    read = {"kind": "read", "columns": {"x": "text"}}
    hot = apply_steps([read, {"kind": "one_hot", "levels": {"x": ["a"]}}], frame)
    assert hot["x=<missing>"].tolist() == [False, True, False, False] * repeat
    assert hot["x=<other>"].tolist() == [False, False, True, True] * repeat
    codes = {"kind": "codes", "levels": {"x": levels}, "dtype": "int32"}
    assert apply_steps([read, codes], frame)["x"].tolist() == [0, -1, 1, -1] * repeat
    means = pack(np.array([[1.0], [2.0], [9.0]]))
    target = {"kind": "target_means", "columns": {"x": {"levels": levels, "means": means}}}
    assert apply_steps([read, target], frame)["x:target"].tolist() == [1, 2, 2, 9] * repeat
    strings = apply_steps([read, {"kind": "strings", "columns": ["x"]}], frame)
    assert strings["x"].tolist() == ["a", "<missing>", "<missing>", "new"] * repeat


def test_pipelines_that_begin_alike_make_what_each_makes_alone():
    read = {"kind": "read", "columns": {"a": "number", "x": "text"}}
    states = [
        [read, {"kind": "log", "columns": ["a"]}],
        [read, {"kind": "strings", "columns": ["x"]}, {"kind": "log", "columns": ["a"]}],
        [read],
    ]
    frame = pd.DataFrame({"a": [1, 2], "x": ["p", None]})
    for state, made in zip(states, SharedSteps(states).apply(frame), strict=True):
        assert to_frame(made).equals(apply_steps(state, frame))
    assert len(list(SharedSteps([[read]]).apply(frame))) == 1


def test_packed_arrays_are_exact():
    array = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    assert np.array_equal(unpack(pack(array)), array)
    assert unpack(pack(array.astype(">f4"))).tolist() == array.tolist()


def test_ratio_by_zero_is_missing_and_log_takes_all_numbers():
    table = {"a": np.array([1.0, -3.0]), "b": np.array([0.0, 2.0])}
    made = apply_step({"kind": "ratio", "columns": ["a", "b"]}, table)
    np.testing.assert_array_equal(made["a/b"], [np.nan, -1.5])
    made = apply_step({"kind": "log", "columns": ["a"]}, table)
    np.testing.assert_allclose(made["log(a)"], [np.log(2), -np.log(4)])
    assert set(table) == {"a", "b"}


def test_index_of_the_rows_is_kept():
    state = [{"kind": "read", "columns": {"a": "number"}}]
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    assert apply_steps(state, frame).index.tolist() == ["x", "y"]
    assert apply_steps(state, frame.head(0)).shape == (0, 1)


def test_a_consumer_needs_numpy_and_pandas_only():
    code = (
        "import sys, automl_tasks.serve.steps, automl_tasks.serve.predictors, "
        "automl_tasks.serve.labels\n"
        "heavy = {'sklearn', 'scipy', 'lightgbm', 'xgboost', 'catboost', 'pydantic', 'mlflow'}\n"
        "print(sorted(heavy & set(sys.modules)), "
        "sorted(m for m in sys.modules if m.startswith('automl_tasks.') and 'serve' not in m))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]
