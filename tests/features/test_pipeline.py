import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.features import FeaturePipeline, infer_roles, recipes
from automl_tasks.problem import Problem
from automl_tasks.serve.steps import apply_steps

RECIPES = list(recipes.RECIPES)
TARGET = np.random.default_rng(9).integers(0, 2, 300)
PROBLEM = Problem(name="shop", source="shop.csv", target="y")
WORDS = ["good", "bad", "fast", "slow", "cheap", "dear", "blue", "red", "late", "early"]
ROWS = 300


def make_frame(rows=ROWS, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "amount": rng.lognormal(3, 2, rows),
            "count": rng.integers(0, 9, rows),
            "gap": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows)),
            "infinite": np.where(rng.random(rows) < 0.1, np.inf, rng.normal(size=rows)),
            "flag": rng.random(rows) < 0.4,
            "colour": rng.choice(["red", "green", "blue", None], rows),
            "mixed": rng.choice(np.array(["a", 1, 2.5, None], dtype=object), rows),
            "street": [f"street {n}" for n in rng.integers(0, 120, rows)],
            "day": pd.date_range("2023-11-01", periods=rows, freq="7h"),
            "iso": pd.date_range("2023-11-01", periods=rows, freq="5D").strftime("%Y-%m-%d"),
            "note": [" ".join(rng.choice(WORDS, 7)) + f" n{n}" for n in range(rows)],
            "number": np.arange(rows),
            "same": "x",
            "empty": None,
            "stamp": 1_700_000_000 + rng.integers(0, 10**7, rows),
        }
    )
    frame.loc[3, ["iso", "note"]] = None
    frame.loc[5, "day"] = pd.NaT
    return frame


FRAME = make_frame()
ROLES = infer_roles(FRAME, PROBLEM)
FITTED = {recipe: FeaturePipeline(recipe, ROLES).fit(FRAME, TARGET) for recipe in RECIPES}


def served(pipeline, frame):
    """What a consumer gets: the state went through strict JSON."""
    return apply_steps(json.loads(json.dumps(pipeline.state(), allow_nan=False)), frame)


@pytest.mark.parametrize("recipe", RECIPES)
def test_serving_gives_the_features_of_training(recipe):
    features = FITTED[recipe].transform(FRAME)
    pd.testing.assert_frame_equal(served(FITTED[recipe], FRAME), features)
    assert features.columns.tolist() == FITTED[recipe].get_feature_names_out().tolist()
    assert not any(name.startswith(("number", "same", "empty")) for name in features)


@pytest.mark.parametrize("recipe", RECIPES)
def test_one_row_at_a_time_gives_the_same(recipe):
    features = FITTED[recipe].transform(FRAME)
    for row in (0, 3, 5):
        one = served(FITTED[recipe], FRAME.iloc[[row]])
        pd.testing.assert_frame_equal(one, features.iloc[[row]])


def test_types_say_what_a_column_is():
    tree = FITTED["tree"].transform(FRAME)
    assert tree["colour"].dtype == np.int32
    assert tree["street"].dtype == np.float32
    assert tree["amount"].dtype == np.float32
    # float32 would fold neighbouring seconds into one
    assert tree["stamp"].dtype == np.float64
    assert tree["stamp"].tolist() == FRAME["stamp"].tolist()
    catboost = FITTED["catboost"].transform(FRAME)
    assert catboost["colour"].dtype == object
    assert not any(value is None for value in catboost["colour"])
    linear = FITTED["linear"].transform(FRAME)
    assert set(linear.dtypes) == {np.dtype("float32")}


@pytest.mark.parametrize(
    "recipe", ["linear", "linear_splines", "neural", "neural_quantile", "distance"]
)
def test_scaled_features_are_finite_and_on_one_scale(recipe):
    wild = make_frame(seed=1).assign(amount=1e300, stamp=-1e18)
    for frame in (FRAME, wild):
        features = FITTED[recipe].transform(frame).to_numpy()
        assert np.isfinite(features).all()
        assert np.abs(features).max() < 20


@pytest.mark.parametrize("recipe", RECIPES)
def test_rows_as_consumers_send_them(recipe):
    pipeline, expected = FITTED[recipe], FITTED[recipe].transform(FRAME)
    sent = FRAME.assign(
        count=FRAME["count"].astype(float),
        amount=FRAME["amount"].map(repr),
        flag=FRAME["flag"].map(str),
        day=FRAME["day"].astype(str).replace("NaT", None),
        iso=pd.to_datetime(FRAME["iso"]),
        colour=FRAME["colour"].astype("category"),
        street=FRAME["street"].astype("string"),
        stamp=FRAME["stamp"].astype("Int64"),
        surplus=1,
    )[[*reversed(FRAME.columns), "surplus"]]
    pd.testing.assert_frame_equal(served(pipeline, sent), expected)


@pytest.mark.parametrize("recipe", RECIPES)
def test_absent_columns_count_as_missing(recipe):
    pipeline = FITTED[recipe]
    absent = ["gap", "colour", "day", "note", "street"]
    blank = FRAME.assign(**dict.fromkeys(absent))
    pd.testing.assert_frame_equal(
        served(pipeline, FRAME.drop(columns=absent)), served(pipeline, blank)
    )


def test_unseen_level_is_unseen_and_missing_is_missing():
    new = FRAME.head(3).assign(colour=["violet", None, "red"])
    assert FITTED["tree"].transform(new)["colour"].tolist()[:2] == [-1, -1]
    linear = FITTED["linear"].transform(new)
    assert linear["colour=<missing>"].tolist() == [0, 1, 0]
    assert linear["colour=red"].tolist() == [0, 0, 1]
    assert FITTED["catboost"].transform(new)["colour"].tolist() == ["violet", "<missing>", "red"]


def test_rare_levels_share_a_column_with_unseen_ones():
    frame = pd.DataFrame({"shop": ["a"] * 30 + ["b"] * 30 + ["rare", "odd"]})
    pipeline = FeaturePipeline("linear", {"shop": "categorical"}).fit(frame)
    features = pipeline.transform(pd.DataFrame({"shop": ["a", "odd", "never", None]}))
    assert features["shop=a"].tolist() == [1, 0, 0, 0]
    assert features["shop=<other>"].tolist() == [0, 1, 1, 0]


def test_statistics_come_from_the_rows_given_to_fit_only():
    half = FeaturePipeline("linear", ROLES).fit(FRAME.head(150), TARGET[:150])
    assert half.state() != FITTED["linear"].state()
    again = FeaturePipeline("linear", ROLES).fit(FRAME.head(150).copy(), TARGET[:150])
    assert half.state() == again.state()


def test_dates_become_the_parts_that_vary():
    frame = pd.DataFrame({"at": pd.date_range("2024-02-28", periods=48, freq="h")})
    tree = FeaturePipeline("tree", {"at": "datetime"}).fit(frame)
    late = tree.transform(pd.DataFrame({"at": ["2024-02-29T18:30:00", "2024-03-01"]}))
    assert late.columns.tolist() == ["at:day", "at:weekday", "at:hour", "at:elapsed"]
    assert late.iloc[0].tolist() == pytest.approx([29, 3, 18.5, 1 + 18.5 / 24])
    linear = FeaturePipeline("linear", {"at": "datetime"}).fit(frame)
    assert {"at:hour_sin", "at:hour_cos"} <= set(linear.transform(frame))


def test_steps_of_the_problem_become_features():
    steps = [
        {"log": ["amount"]},
        {"ratio": ["count", "hidden"]},
        {"difference": ["day", "iso"]},
        {"group_mean": {"by": "colour", "of": "count"}},
    ]
    frame = FRAME.assign(hidden=np.where(np.arange(ROWS) % 2, 2.0, 0.0))
    pipeline = FeaturePipeline("tree", ROLES, steps).fit(frame)
    features = served(pipeline, frame)
    row = frame.iloc[1]
    assert "hidden" not in features
    assert features["log(amount)"][1] == pytest.approx(np.log1p(row["amount"]), rel=1e-6)
    assert features["count/hidden"][1] == row["count"] / 2
    assert np.isnan(features["count/hidden"][0])
    days = (row["day"] - pd.Timestamp(row["iso"])) / pd.Timedelta(days=1)
    assert features["day-iso"][1] == pytest.approx(days, rel=1e-6)
    of_red = frame.loc[frame["colour"] == "red", "count"].mean()
    is_red = (frame["colour"] == "red").to_numpy()
    assert features["mean(count by colour)"][is_red].unique() == pytest.approx(of_red)
    unseen = served(pipeline, frame.head(1).assign(colour="violet"))
    overall = frame["count"].mean()
    assert unseen["mean(count by colour)"][0] == pytest.approx(overall, rel=0.2)


@pytest.mark.parametrize("recipe", ["tree_target", "linear_splines"])
def test_training_rows_do_not_see_their_own_labels(recipe):
    """Every street occurs twice, and says nothing: encoded with its own label it says all."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"street": [f"s{n}" for n in np.arange(1_000) // 2]})
    y = rng.integers(0, 2, 1_000)
    pipeline = FeaturePipeline(recipe, {"street": "high_cardinality"})
    trained = pipeline.fit_transform(frame, y)["street:target"]
    told = pipeline.transform(frame)["street:target"]
    assert abs(np.corrcoef(trained, y)[0, 1]) < 0.1
    assert np.corrcoef(told, y)[0, 1] > 0.6


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_trained_on_has_the_columns_of_what_is_served(recipe):
    trained = FeaturePipeline(recipe, ROLES).fit_transform(FRAME, TARGET)
    served_frame = FITTED[recipe].transform(FRAME)
    assert trained.columns.tolist() == served_frame.columns.tolist()
    assert trained.dtypes.tolist() == served_frame.dtypes.tolist()
    assert trained.index.equals(FRAME.index)


def test_step_on_an_absent_column():
    with pytest.raises(ProblemError, match="'amuont', which is not there"):
        FeaturePipeline("tree", ROLES, [{"log": "amuont"}]).fit(FRAME)


def test_nothing_left_to_learn_from():
    with pytest.raises(DataError, match="no column is left that varies"):
        FeaturePipeline("tree", {"number": "id", "same": "constant"}).fit(FRAME)


def test_two_thousand_columns():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{n}": rng.normal(size=50) for n in range(2_000)})
    roles = infer_roles(frame, PROBLEM)
    assert served(FeaturePipeline("linear", roles).fit(frame), frame).shape == (50, 2_000)


def test_text_tells_its_words():
    rng = np.random.default_rng(0)
    spam = rng.random(400) < 0.5
    notes = [" ".join([*rng.choice(WORDS, 6), "PRIZE" if is_spam else "hello"]) for is_spam in spam]
    frame = pd.DataFrame({"note": notes})
    linear = FeaturePipeline("linear", {"note": "text"}).fit_transform(frame)
    assert ((linear["note:word=prize"] > 0) == spam).all()
    tree = FeaturePipeline("tree", {"note": "text"}).fit_transform(frame)
    topics = tree.filter(like=":topic")
    told = make_pipeline(LinearRegression()).fit(topics, spam).predict(topics)
    assert ((told > 0.5) == spam).mean() > 0.95


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates()
        ),
        min_size=2,
        max_size=30,
    ),
    st.sampled_from(["numeric", "categorical", "high_cardinality", "datetime", "text"]),
    st.sampled_from(RECIPES),
)
def test_any_values_can_be_fitted_and_served(values, role, recipe):
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object), "z": np.arange(len(values))})
    pipeline = FeaturePipeline(recipe, {"x": role, "z": "numeric"}).fit(frame)
    features = served(pipeline, frame)
    pd.testing.assert_frame_equal(features, pipeline.transform(frame))
    for row in range(len(frame)):
        pd.testing.assert_frame_equal(served(pipeline, frame.iloc[[row]]), features.iloc[[row]])


def test_scikit_learn_habits():
    pipeline = FeaturePipeline("linear", ROLES, [{"log": "amount"}])
    twin = clone(pipeline)
    assert twin.get_params() == pipeline.get_params()
    assert not hasattr(twin, "steps_")


EXPECTED = {"check_fit2d_1sample": "one row cannot vary: refused with a message of our own"}


@pytest.mark.parametrize("recipe", ["tree", "tree_pairs", "linear", "neural", "catboost"])
def test_check_estimator(recipe):
    check_estimator(FeaturePipeline(recipe), expected_failed_checks=EXPECTED, on_skip=None)
