"""Parameters of a prediction, through MLflow."""

import json
import logging

import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from automl_tasks.deliver.registry import pyfunc, registry
from automl_tasks.deliver.versions import load_version
from automl_tasks.errors import DataError
from automl_tasks.serve import BadInput

BOUNDS = ["prediction", "lower", "upper"]


@pytest.fixture
def model(registered):
    with registry():
        return load_version(registered.version.model_uri)


def test_a_registered_version_takes_the_parameters(registered, model):
    rows = registered.rows.drop(columns="price")
    plain = model.predict(rows)
    asked = model.predict(rows, interval=0.9, explain=2)
    assert list(plain) == ["prediction"]
    assert list(asked) == [*BOUNDS, "reasons"]
    np.testing.assert_array_equal(asked["prediction"], plain["prediction"])
    inside = registered.rows["price"].between(asked["lower"], asked["upper"])
    assert inside.mean() > 0.8
    assert len(json.loads(asked["reasons"].iloc[0])) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"interval": 90}, "'interval' must be a number between 0 and 1"),
        ({"intervall": 0.9}, "no parameter 'intervall'"),
        ({"output": "probability"}, "'output' must be one of label, all"),
        ({"threshold": 0.5}, "'threshold' needs a model of two classes"),
    ],
)
def test_a_wrong_parameter_is_an_error_that_names_it(registered, model, given, message):
    with pytest.raises(DataError, match=message):
        model.predict(registered.rows, **given)


def test_plain_mlflow_hands_them_on(registered, caplog):
    with registry():
        loaded = pyfunc().load_model(registered.version.model_uri)
    rows = registered.rows.drop(columns="price").iloc[:5]
    with caplog.at_level(logging.WARNING):
        asked = loaded.predict(rows, params={"interval": 0.9, "output": "label"})
    assert list(asked) == BOUNDS
    assert not caplog.records
    with pytest.raises(BadInput, match="'interval' must be") as refused:
        loaded.predict(rows, params={"interval": 2})
    assert isinstance(refused.value, MlflowException)  # whose words MLflow's server hands on
    assert refused.value.get_http_status_code() == 400
    whole = rows.astype({"rooms": "Int64", "city": "category", "sold": "datetime64[s, UTC]"})
    np.testing.assert_allclose(loaded.predict(whole)["prediction"], asked["prediction"])


def test_a_column_that_is_there_twice_is_named(registered, model):
    rows = registered.rows.drop(columns="price")
    with pytest.raises(DataError, match="column 'area' occurs more than once"):
        model.predict(pd.concat([rows, rows[["area"]]], axis=1))


def test_rows_that_are_no_frame_are_named(model):
    with pytest.raises(DataError, match="rows are a DataFrame, not a list"):
        model.predict([[1.0, 2.0]])
