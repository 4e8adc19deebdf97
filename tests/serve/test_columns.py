import pandas as pd
import pytest

from automl_tasks.serve import BadInput
from automl_tasks.serve.columns import Column, select_columns

COLUMNS = [Column("age", "number"), Column("city", "text", required=False)]


def test_further_columns_are_left_out_and_the_index_is_kept():
    rows = pd.DataFrame({"noise": [0, 0], "city": ["a", "b"], "age": [1, 2]}, index=[7, 3])
    selected = select_columns(rows, COLUMNS)
    assert list(selected) == ["age", "city"]
    assert list(selected.index) == [7, 3]


def test_an_optional_column_may_be_absent():
    assert list(select_columns(pd.DataFrame({"age": [1]}), COLUMNS)) == ["age"]


def test_required_columns_that_are_absent_are_named():
    with pytest.raises(BadInput, match="required column 'age' missing"):
        select_columns(pd.DataFrame({"city": ["a"]}), COLUMNS)


def test_a_column_that_occurs_twice_is_named():
    rows = pd.DataFrame([[1, 2]], columns=["age", "age"])
    with pytest.raises(BadInput, match="'age' occurs more than once"):
        select_columns(rows, COLUMNS)


def test_texts_that_mean_missing_become_missing_and_others_stay():
    rows = pd.DataFrame({"age": ["", "3"], "city": ["NA", "?"]})
    selected = select_columns(rows, COLUMNS, missing=("", "?"))
    assert selected["age"].isna().tolist() == [True, False]
    assert selected["age"].iloc[1] == 3
    assert selected["city"].tolist() == ["NA", None]


def test_the_callers_rows_are_not_changed():
    rows = pd.DataFrame({"age": ["", "3"]})
    select_columns(rows, COLUMNS)
    assert rows["age"].tolist() == ["", "3"]
