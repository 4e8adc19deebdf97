"""Cells in the many ways in which they are sent."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from automl_tasks.serve import BadInput
from automl_tasks.serve.columns import Column, select_columns
from automl_tasks.serve.steps.values import moments, numbers, texts

NUMBER = Column("x", "number", stored="number")
MOMENT = Column("x", "moment", stored="moment")
TEXT = Column("x", "text", stored="text", booleans=("no", "yes"))
CODE = Column("x", "text", stored="number")
DAY = pd.Timestamp("2024-01-31 06:00")
NO_NUMBER = "column 'x' must hold numbers: row 1, counted from 0"


def sent(column, values, missing=("", "?")):
    """What the feature steps read of a column."""
    frame = select_columns(pd.DataFrame({"x": values}), [column], missing)
    read = {"number": numbers, "moment": moments, "text": texts}[column.kind](frame["x"])
    return [None if pd.isna(value) else value for value in read.tolist()]


def arrow(values, kind):
    return pd.Series(values, dtype=pd.ArrowDtype(kind))


@pytest.mark.parametrize(
    "values",
    [
        [5, None],
        ["5", None],
        [" 5.0 ", "?"],
        ["5", "nan"],
        ["5", "<NA>"],
        [Decimal("5"), None],
        [True + 4, np.inf],
        [b"5", None],
        pd.Series([5, None], dtype="Int64"),
        pd.Series([5, None], dtype="Float32"),
        pd.Series(["5", None], dtype="string[pyarrow]"),
        pd.Series(["5", "?"], dtype="category"),
        pd.Series([5, None], dtype="category"),
        pd.to_timedelta([5, None], unit="s"),
        arrow(["5", None], pa.string()),
        arrow([5.0, None], pa.float64()),
        arrow([5_000, None], pa.duration("ms")),
    ],
)
def test_a_number_is_a_number_however_it_is_sent(values):
    assert sent(NUMBER, values) == [5.0, None]
    assert sent(NUMBER, pd.concat([pd.Series(values)] * 200)) == [5.0, None] * 200


@pytest.mark.parametrize(
    "values",
    [
        [DAY, None],
        ["2024-01-31T06:00:00Z", None],
        [" 2024-01-31 06:00:00 ", "?"],
        ["2024-01-31 07:00:00+01:00", "NaT"],
        [DAY.to_pydatetime(), None],
        [DAY.tz_localize("UTC").tz_convert("Asia/Tokyo"), "9999-12-31"],
        pd.to_datetime([DAY, None]).tz_localize("Europe/Berlin").shift(1, "h"),
        pd.Series(["2024-01-31 06:00", None], dtype="category"),
        arrow([DAY, None], pa.timestamp("us")),
        arrow([DAY.tz_localize("UTC"), None], pa.timestamp("us", "Asia/Tokyo")),
    ],
)
def test_a_moment_is_a_moment_however_it_is_sent(values):
    read = sent(MOMENT, values)
    assert read == [DAY.to_pydatetime(), None]


def test_a_date_is_its_midnight():
    assert sent(MOMENT, [datetime.date(2024, 1, 31)]) == [datetime.datetime(2024, 1, 31)]


@pytest.mark.parametrize(
    ("column", "values", "read"),
    [
        (TEXT, [True, False, None], ["yes", "no", None]),
        (TEXT, pd.Series([True, False, None], dtype="boolean"), ["yes", "no", None]),
        (TEXT, [" ? ", "NA", " a"], [None, "NA", " a"]),
        (TEXT, pd.Series(["?", "a"], dtype="category"), [None, "a"]),
        (TEXT, [7, 7.0, "7"], ["7", "7", "7"]),
        (CODE, ["7", "07", "7.0"], ["7", "7", "7"]),
        (CODE, [Decimal("7.0"), True, 7], ["7", "1", "7"]),
        (CODE, [True, False], ["1", "0"]),
        (CODE, pd.Series([7, None], dtype="category"), ["7", None]),
        (CODE, ["7", "seven", None], ["7", "seven", None]),
        (CODE, ["12345678901234567", "1"], ["12345678901234567", "1"]),
    ],
)
def test_a_text_is_spelled_as_training_spelled_it(column, values, read):
    assert sent(column, values) == read


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (NUMBER, ["1", "one"], NO_NUMBER),
        (NUMBER, ["1", "1,5"], NO_NUMBER),
        (NUMBER, ["1", "1_000"], NO_NUMBER),
        (NUMBER, pd.Series(["1", "one"], dtype="category"), NO_NUMBER),
        (NUMBER, ["1"] * 300 + ["one"], "row 300, counted from 0, has no number"),
        (NUMBER, [DAY], "'x' must hold numbers"),
        (NUMBER, [DAY, "a"], "'x' must hold numbers: row 0"),
        (NUMBER, [[1], [2]], "'x' holds a list"),
        (NUMBER, [1 + 2j], "'x' holds complex numbers"),
        (MOMENT, ["2024-01-31", "31.01.2024"], "row 1, counted from 0, has no date as ISO 8601"),
        (MOMENT, ["2024-13-01"], "row 0"),
        (MOMENT, [20240131], "'x' must hold dates, not numbers"),
        (MOMENT, [True], "'x' must hold dates, not numbers"),
        (TEXT, [{"a": 1}] * 400, "'x' holds a dict"),
    ],
)
def test_what_cannot_be_read_is_named(column, values, message):
    with pytest.raises(BadInput, match=message):
        sent(column, values)


def test_the_message_does_not_quote_the_cell():
    with pytest.raises(BadInput) as raised:
        sent(NUMBER, ["a secret"])
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("values", [["one", "2"], [DAY, DAY], pd.to_datetime([DAY])])
def test_where_training_read_texts_as_numbers_what_cannot_be_read_is_missing(values):
    read = sent(Column("x", "number", stored="text"), values)
    assert read[0] is None


def test_numbers_that_meant_missing_are_missing():
    column = Column("x", "number", stored="number", gaps=(-999.0,))
    assert sent(column, [-999, 3]) == [None, 3.0]
    assert sent(column, [-999.0, "-999", None], ("-999",)) == [None, None, None]
    assert sent(NUMBER, [-999, 3]) == [-999.0, 3.0]


@pytest.mark.parametrize(
    "nothing", [[None] * 2, [np.nan] * 2, [pd.NaT] * 2, ["?", ""], pd.Categorical(["?"] * 2)]
)
@pytest.mark.parametrize("column", [NUMBER, MOMENT, TEXT, CODE])
def test_nothing_at_all_is_read_as_missing(column, nothing):
    assert sent(column, nothing) == [None, None]
