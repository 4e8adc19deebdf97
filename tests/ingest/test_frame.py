import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import DataError
from automl_tasks.ingest import plain_frame, snapshot_frame, take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.store import Store

TOY = Problem(name="toy", source="not read", target="y")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def kinds(snapshot):
    return {column.name: column.type for column in snapshot.manifest.columns}


def test_types_are_believed_and_the_index_is_left_behind(store):
    frame = pd.DataFrame(
        {
            "whole": [1, 2],
            "number": [1.5, np.nan],
            "text": ["01", None],
            "flag": [True, False],
            "when": pd.to_datetime(["2020-01-01", "2020-01-02"]),
            "kind": pd.Categorical(["a", "b"]),
            "nullable": pd.array([1, None], dtype="Int64"),
            "sparse": pd.arrays.SparseArray([0.0, 1.0]),
            "price": [Decimal("1.50"), Decimal("2.25")],
            "day": [datetime.date(2020, 1, 1), None],
            "waited": pd.to_timedelta([1, 2], "min"),
            "y": [0, 1],
        },
        index=pd.Index([7, 9], name="row"),
    )
    snapshot = snapshot_frame(TOY, store, frame)
    assert kinds(snapshot) == {
        "whole": "int",
        "number": "float",
        "text": "string",
        "flag": "int",
        "when": "datetime",
        "kind": "string",
        "nullable": "int",
        "sparse": "float",
        "price": "float",
        "day": "datetime",
        "waited": "float",
        "y": "int",
    }
    read = snapshot.read()
    assert read["waited"].tolist() == [60, 120]
    assert read["text"].tolist() == ["01", None]


def test_a_column_of_mixed_types_becomes_text(store):
    frame = pd.DataFrame({"x": [1, "a", 2.5, None], "y": [0, 1, 0, 1]})
    snapshot = snapshot_frame(TOY, store, frame)
    assert snapshot.read()["x"].tolist() == ["1", "a", "2.5", None]


def test_the_snapshot_is_that_of_a_parquet_file(store, tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0], "t": ["a", "b"], "y": [0, 1]})
    frame.to_parquet(tmp_path / "table.parquet", index=False)
    located = Problem(name="toy", source=str(tmp_path / "table.parquet"), target="y")
    assert snapshot_frame(TOY, store, frame).id == take_snapshot(located, store).id


def test_numbered_columns_get_their_number_as_name(store):
    frame = pd.DataFrame(np.eye(3)).assign(y=[0, 1, 0])
    assert list(kinds(snapshot_frame(TOY, store, frame))) == ["0", "1", "2", "y"]


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(DataError, match=r"'1' occurs more than once.* are one name"):
        plain_frame(pd.DataFrame([[1, 2]], columns=[1, "1"]))


def test_what_the_problem_names_must_be_there(store):
    with pytest.raises(DataError, match=r"the data frame: column 'y'.*Did you mean 'Y'"):
        snapshot_frame(TOY, store, pd.DataFrame({"x": [1], "Y": [0]}))
