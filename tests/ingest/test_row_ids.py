from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tasks.errors import DataError
from automl_tasks.ingest import row_ids
from automl_tasks.problem import Problem

PROBLEM = Problem(name="toy", source="x.csv", target="y")
FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "f": [0.5, np.nan, -0.0],
        "s": np.array(["a", None, "ü"], dtype=object),
        "d": pd.to_datetime(["2020-01-01", None, "2020-01-03"]),
        "y": [0, 1, 0],
    }
)

IDS = ["383407814ab1ce77", "b2dfae041b0933af", "f1c5f55d6f1d8f93"]


def test_stable_across_processes_and_versions():
    ids = row_ids(FRAME, PROBLEM)
    assert ids.tolist() == IDS
    code = (
        "import pandas as pd; from automl_tasks.ingest import row_ids;"
        "from automl_tasks.problem import Problem;"
        "p = Problem(name='toy', source='x', target='y');"
        "print(row_ids(pd.DataFrame({'s': ['a', 'b'], 'y': [1, 2]}), p).tolist())"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    expected = row_ids(pd.DataFrame({"s": ["a", "b"], "y": [2, 1]}), PROBLEM)
    assert shown.strip() == str(expected.tolist())


def test_they_follow_the_row_not_its_place():
    turned = FRAME[["d", "y", "s", "f", "n"]].iloc[::-1]
    assert row_ids(turned, PROBLEM)[FRAME.index].tolist() == row_ids(FRAME, PROBLEM).tolist()


@pytest.mark.parametrize("dtype", ["float64", "int32", "uint8", "Int64", "float32"])
def test_numbers_by_value(dtype):
    other = FRAME.assign(n=FRAME["n"].astype(dtype))
    assert row_ids(other, PROBLEM).tolist() == row_ids(FRAME, PROBLEM).tolist()


def test_other_forms_of_the_same_texts_and_dates():
    other = FRAME.assign(
        s=FRAME["s"].astype("category"),
        d=FRAME["d"].astype("datetime64[s]").dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
    )
    assert row_ids(other, PROBLEM).tolist() == row_ids(FRAME, PROBLEM).tolist()
    assert row_ids(FRAME.assign(s=FRAME["s"].astype("string")), PROBLEM).tolist() == IDS


def test_id_columns_alone_decide():
    problem = PROBLEM.model_copy(update={"id": ("n",)})
    assert row_ids(FRAME, problem).tolist() == row_ids(FRAME.assign(f=7, s="x"), problem).tolist()
    with pytest.raises(DataError, match="id column 'n' is missing"):
        row_ids(FRAME.drop(columns="n"), problem)


def test_large_integers_do_not_collide():
    numbers = pd.DataFrame({"a": np.arange(2**60, 2**60 + 1000)})
    assert row_ids(numbers, PROBLEM).nunique() == 1000


def test_swapped_columns_differ():
    one, two = pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"a": [2], "b": [1]})
    assert row_ids(one, PROBLEM)[0] != row_ids(two, PROBLEM)[0]


def test_infinite_and_empty():
    ids = row_ids(pd.DataFrame({"a": [np.inf, -np.inf, np.nan, 0.0, 1e300]}), PROBLEM)
    assert ids.nunique() == 5
    assert row_ids(FRAME.iloc[:0], PROBLEM).tolist() == []


# pandas hashes texts up to their first NUL, which ingestion refuses.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=2)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(-3, 3), TEXTS), unique=True, min_size=1))
def test_equal_ids_exactly_for_equal_rows(rows):
    frame = pd.DataFrame(rows + rows, columns=["a", "b"])
    ids = row_ids(frame, PROBLEM)
    assert ids.nunique() == len(rows)
    assert ids[: len(rows)].tolist() == ids[len(rows) :].tolist()
