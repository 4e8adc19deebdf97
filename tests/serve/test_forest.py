import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve.predictors.forest import ForestPredictor


@pytest.fixture
def forest():
    """Two trees: a > 1 then b > 2; and "a is missing", which is no threshold."""
    model = {
        "roots": np.array([0, 5]),
        "feature": np.array([0, -1, 1, -1, -1, 0, -1, -1]),
        "threshold": np.array([1, 0, 2, 0, 0, np.inf, 0, 0], dtype=np.float32),
        "left": np.array([1, 0, 3, 1, 2, 6, 3, 4]),
        "right": np.array([2, 0, 4, 0, 0, 7, 0, 0]),
        "missing_left": np.array([True, False, False, False, False, False, False, False]),
        "values": np.array([[1], [2], [3], [10], [20]], dtype=np.float32),
    }
    info = {"task": "regression", "columns": ["a", "b"], "mean": 0.0, "scale": 2.0}
    return ForestPredictor(info, model)


@pytest.mark.parametrize(
    ("a", "b", "leaves"),
    [
        (1, 9, (1, 10)),
        (1.01, 2, (2, 10)),
        (3, 2.01, (3, 10)),
        (3, np.nan, (3, 10)),
        (np.nan, 0, (1, 20)),
        (float(np.finfo(np.float32).max), 0, (2, 10)),
    ],
)
def test_each_row_reaches_its_leaves(forest, a, b, leaves):
    rows = pd.DataFrame({"a": [0, a], "b": [0, b]}, dtype=np.float32)
    assert forest.predict(rows)[1] == pytest.approx(sum(leaves))  # their mean, times the scale


@pytest.mark.parametrize("walks", [1, 30, 1_000_000])
def test_how_many_trees_are_walked_at_once_does_not_show(forest, monkeypatch, walks):
    rows = pd.DataFrame(np.random.default_rng(0).normal(1, 2, (50, 2)), columns=["a", "b"])
    expected = forest.predict(rows)
    monkeypatch.setattr("automl_tasks.serve.predictors.walking._WALKS", walks)
    np.testing.assert_array_equal(forest.predict(rows), expected)
    assert len(set(expected)) == 3
    assert forest.predict(rows.head(0)).shape == (0,)
