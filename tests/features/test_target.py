import json

import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import DataError
from automl_tasks.features import TargetCodec


@pytest.mark.parametrize(
    ("values", "classes", "dtype"),
    [
        (["good", "bad", "good"], ["bad", "good"], "str"),
        ([10, 9, 10], ["9", "10"], "int64"),
        ([1.0, 0.0, np.nan], ["0", "1"], "int64"),
        ([0.5, 1.5, 0.5], ["0.5", "1.5"], "float64"),
        ([True, False], ["False", "True"], "bool"),
        (["10", "9"], ["10", "9"], "str"),
        (pd.Categorical(["b", "a"]), ["a", "b"], "str"),
        (pd.array([1, 2], dtype="Int64"), ["1", "2"], "int64"),
    ],
)
def test_labels_come_back_in_their_own_type(values, classes, dtype):
    target = pd.Series(values)
    codec = TargetCodec.from_state(
        json.loads(json.dumps(TargetCodec.fit(target, "binary").state()))
    )
    assert (codec.classes, codec.dtype) == (classes, dtype)
    present = target.dropna()
    back = codec.decode(codec.encode(present))
    assert back.tolist() == present.tolist()
    assert str(back.dtype) == ("object" if dtype == "str" else dtype)


def test_whole_labels_are_the_same_as_floats():
    codec = TargetCodec.fit(pd.Series([3, 5, 3]), "binary")
    assert codec.encode(pd.Series([5.0, 3.0])).tolist() == [1, 0]


def test_unknown_label_is_named():
    codec = TargetCodec.fit(pd.Series(["good", "bad"]), "binary")
    with pytest.raises(DataError, match=r"'goood' is none of the classes.*mean 'good'"):
        codec.encode(pd.Series(["bad", "goood"]))


def test_regression_keeps_its_values():
    codec = TargetCodec.fit(pd.Series([1, 2]), "regression")
    assert codec.classes is None
    assert codec.encode(pd.Series(["1.5", 2])).tolist() == [1.5, 2.0]
    assert codec.decode(np.array([1.5])).tolist() == [1.5]


def test_the_positive_class_is_the_second():
    target = pd.Series(["ill", "well", "ill"])
    assert TargetCodec.fit(target, "binary").classes == ["ill", "well"]
    codec = TargetCodec.fit(target, "binary", "ill")
    assert codec.encode(target).tolist() == [1, 0, 1]
    assert codec.decode(np.array([1, 0])).tolist() == ["ill", "well"]
