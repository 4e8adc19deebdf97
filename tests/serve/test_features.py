import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve.predictors import Features, matrix

COLUMNS = {
    "a": np.array([1, 2, 3], dtype=np.float32),
    "b": np.array([0, -1, 7], dtype=np.int32),
    "c": np.array([0.5, np.nan, 1e-9], dtype=np.float64),
}


@pytest.mark.parametrize("names", ["a", "ab", "abc", "cb"])
def test_columns_and_frames_make_the_same_array(names):
    columns = {name: COLUMNS[name] for name in names}
    expected = matrix(pd.DataFrame(columns))
    for features in (Features(columns), Features(pd.DataFrame(columns))):
        np.testing.assert_array_equal(features.array, expected)
        assert features.array.dtype == expected.dtype
        assert features.names == list(names)
        assert features.frame.equals(pd.DataFrame(columns))


def test_a_selection_keeps_the_order_asked_for():
    for features in (Features(COLUMNS), Features(pd.DataFrame(COLUMNS))):
        assert features.select(["c", "a"]).names == ["c", "a"]


def test_each_form_is_made_once():
    features, made = Features(COLUMNS), []
    for _ in range(2):
        features.once("form", lambda features: made.append(features.names))
    features.once("another form", lambda features: made.append(features.names))
    assert len(made) == 2
