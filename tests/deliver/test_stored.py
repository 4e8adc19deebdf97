import pandas as pd

from automl_tasks.deliver.stored import stored_columns
from automl_tasks.serve.columns import Column, select_columns

KINDS = {"area": "number", "sold": "moment", "new": "text", "floor": "text", "noisy": "number"}


def table():
    """As a snapshot holds them: texts as objects, the rest typed."""
    return pd.DataFrame(
        {
            "area": [10.5, None, 7.0],
            "sold": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]),
            "new": ["true", "false", "true"],
            "floor": [1, 2, 3],
            "noisy": ["1", "about 2", "3"],
            "price": [1.0, 2.0, 3.0],
        }
    )


def columns(missing=("",)):
    return [Column(**each) for each in stored_columns(KINDS, table(), missing)]


def test_a_package_knows_what_trainings_table_held():
    found = {each.name: each for each in columns()}
    assert list(found) == list(KINDS)
    assert [each.stored for each in found.values()] == [
        "number",
        "moment",
        "text",
        "number",
        "text",
    ]
    assert [each.required for each in found.values()] == [False, True, True, True, True]
    assert list(found["new"].booleans) == ["false", "true"]


def test_the_snapshots_own_rows_are_never_refused():
    read = select_columns(table(), columns())
    pd.testing.assert_frame_equal(read[["area", "sold", "new", "floor"]], table().iloc[:, :4])
    assert read["noisy"].isna().tolist() == [False, True, False]


def test_a_number_that_meant_missing_in_the_source_is_no_value_unless_training_saw_it():
    found = {each.name: each.gaps for each in columns(("", "-1", "3"))}
    assert found["area"] == [-1.0, 3.0]
    assert found["floor"] == [-1.0]
