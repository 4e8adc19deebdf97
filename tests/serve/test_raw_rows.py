"""Properties of an answer: it follows from the row alone, however the row is spelled and sent."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_tasks.serve import BadInput

TASKS = st.sampled_from(["regression", "binary", "multiclass"])
QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ROWS = st.lists(st.integers(0, 59), min_size=1, max_size=8)


def as_texts(values):
    return values.map(lambda value: None if pd.isna(value) else str(value)).astype(object)


def as_decimals(values):
    return as_texts(values).map(lambda text: None if text is None else Decimal(text))


def with_gaps(values, gap):
    return values.where(values.notna(), gap)


def as_arrow(kind):
    return lambda values: values.astype(pd.ArrowDtype(kind))


def spelled(dtype):
    return lambda values: values.astype(dtype)


SPELLINGS = {
    "sold": [
        as_texts,
        lambda values: values.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
        lambda values: values.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        lambda values: values.dt.tz_localize("UTC").dt.tz_convert("America/Lima").map(str),
        lambda values: values.astype(object),
        spelled("datetime64[s]"),
        spelled("category"),
        as_arrow(pa.timestamp("us", "Europe/Berlin")),
    ],
    "area": [
        as_texts,
        as_decimals,
        spelled("Float64"),
        spelled("category"),
        as_arrow(pa.float64()),
        lambda values: values.fillna(-1),
        lambda values: with_gaps(as_texts(values), "?"),
        lambda values: as_texts(values).astype("string[pyarrow]"),
    ],
    "rooms": [
        as_texts,
        as_decimals,
        spelled(float),
        spelled("int8"),
        spelled("UInt16"),
        spelled("category"),
        spelled("string"),
        as_arrow(pa.int32()),
        spelled(pd.SparseDtype("int64")),
    ],
    "zip": [
        as_texts,
        as_decimals,
        spelled(float),
        spelled("Int64"),
        spelled("category"),
        lambda values: values.astype(float).map(str),
        as_arrow(pa.string()),
    ],
    "city": [
        spelled("category"),
        spelled("string"),
        as_arrow(pa.string()),
        spelled("string[pyarrow]"),
    ],
    "lift": [
        lambda values: values == "true",
        lambda values: (values == "true").astype("boolean"),
        lambda values: (values == "true").astype(object),
        lambda values: (values == "true").astype("category"),
        spelled("category"),
        as_arrow(pa.string()),
    ],
    "note": [
        lambda values: with_gaps(values, ""),
        lambda values: with_gaps(values, " ? "),
        lambda values: with_gaps(values, np.nan),
        spelled("category"),
        spelled("string"),
        as_arrow(pa.string()),
    ],
}


@pytest.fixture(scope="module")
def answers(models, raw_rows):
    """The answer for each raw row, alone."""
    return {
        task: pd.concat([model.predict(raw_rows.iloc[[row]]) for row in range(60)])
        for task, model in models.items()
    }


def agree(found, expected):
    assert list(found) == list(expected)
    for name in expected:
        if found[name].dtype == object:
            assert found[name].tolist() == expected[name].tolist()
        else:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-12)


@QUICK
@given(task=TASKS, rows=ROWS)
def test_a_rows_answer_depends_on_no_other_row(models, raw_rows, answers, task, rows):
    agree(models[task].predict(raw_rows.iloc[rows]), answers[task].iloc[rows])


@QUICK
@given(
    task=TASKS,
    rows=ROWS,
    chosen=st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(range(len(ways))) for name, ways in SPELLINGS.items()}
    ),
)
def test_an_answer_does_not_depend_on_how_the_row_is_spelled(
    models, raw_rows, answers, task, rows, chosen
):
    sent = raw_rows.iloc[rows]
    sent = sent.assign(**{name: SPELLINGS[name][way](sent[name]) for name, way in chosen.items()})
    agree(models[task].predict(sent), answers[task].iloc[rows])


@pytest.mark.parametrize(
    ("name", "way"), [(name, way) for name, ways in SPELLINGS.items() for way in range(len(ways))]
)
def test_many_rows_are_spelled_as_few_are(models, raw_rows, answers, name, way):
    many = pd.concat([raw_rows] * 6, ignore_index=True)  # more than are read one by one
    sent = many.assign(**{name: SPELLINGS[name][way](many[name])})
    agree(models["regression"].predict(sent), pd.concat([answers["regression"]] * 6))


@QUICK
@given(
    task=TASKS,
    order=st.permutations(["sold", "area", "rooms", "zip", "city", "lift", "note"]),
    index=st.lists(st.sampled_from(["a", "b", 3]), min_size=5, max_size=5),
    more=st.dictionaries(st.text(max_size=5), st.sampled_from(["x", 1.5, None, [1]]), max_size=3),
)
def test_columns_order_and_index_change_nothing(
    models, raw_rows, answers, task, order, index, more
):
    own = raw_rows.iloc[:5][order].set_axis(index)
    further = {name: [value] * 5 for name, value in more.items() if name not in own}
    sent = pd.concat([own, pd.DataFrame(further, index=own.index)], axis=1)
    before = sent.copy(deep=True)
    found = models[task].predict(sent)
    agree(found, answers[task].iloc[:5])
    assert found.index.tolist() == index
    pd.testing.assert_frame_equal(sent, before)


@QUICK
@given(task=TASKS, gone=st.sets(st.sampled_from(list(SPELLINGS)), min_size=1))
def test_an_absent_column_is_one_of_gaps_where_training_had_gaps_and_else_named(
    models, raw_rows, task, gone
):
    rows = raw_rows.iloc[:4]
    empty = models[task].predict(rows.assign(**dict.fromkeys(gone)))
    assert len(empty) == 4
    assert np.isfinite(empty.filter(regex="probability_").to_numpy()).all()
    required = gone - {"area", "note"}
    if required:
        with pytest.raises(BadInput) as raised:
            models[task].predict(rows.drop(columns=list(gone)))
        assert all(repr(name) in str(raised.value) for name in required)
        assert not any(repr(name) in str(raised.value) for name in gone - required)
    else:
        agree(models[task].predict(rows.drop(columns=list(gone))), empty)


@QUICK
@given(
    task=TASKS,
    cells=st.dictionaries(
        st.sampled_from(list(SPELLINGS)),
        st.one_of(
            st.none(),
            st.text(max_size=8),
            st.floats(),
            st.integers(),
            st.booleans(),
            st.datetimes(),
            st.dates(),
            st.decimals(),
            st.binary(max_size=4),
            st.lists(st.integers(), max_size=2),
        ),
    ),
)
def test_any_cell_is_answered_or_its_column_named(models, raw_rows, task, cells):
    row = raw_rows.iloc[:1].astype(object)
    for name, cell in cells.items():
        row.iat[0, row.columns.get_loc(name)] = cell
    try:
        answer = models[task].predict(row)
    except BadInput as error:
        assert any(repr(name) in str(error) for name in cells)
    else:
        numbers = answer.select_dtypes("number").to_numpy(dtype=float)
        assert np.isfinite(numbers).all()


def test_new_categories_are_answered(models, raw_rows):
    rows = raw_rows.iloc[:3].assign(city="Zürich", note="\x00", lift="perhaps", zip=10115)
    for model in models.values():
        assert len(model.predict(rows)) == 3


def test_names_of_columns_that_are_no_texts_are_read_as_texts(models, raw_rows, answers):
    rows = raw_rows.iloc[:3].assign(**{"1": 7}).rename(columns={"1": 1})
    agree(models["regression"].predict(rows), answers["regression"].iloc[:3])
