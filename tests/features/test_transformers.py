import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.utils.estimator_checks import check_estimator

from automl_tasks.features.arithmetic import Log
from automl_tasks.features.basic import Read, Select
from automl_tasks.features.categories import Codes, Frequencies, OneHot
from automl_tasks.features.dates import Dates
from automl_tasks.features.numeric import Piecewise, Scale
from automl_tasks.features.topics import TextTopics
from automl_tasks.features.words import TextStatistics, TextTerms

# Not OneHot and Strings: the checks compare results as one array of numbers, which theirs are not.
STEPS = [
    Codes(),
    Dates(),
    Frequencies(),
    Log(),
    Piecewise(),
    Read(),
    Scale(),
    Scale(how="robust"),
    Scale(how="normal"),
    Select(),
    TextStatistics(),
    TextTerms(),
    TextTopics(),
    TextTopics(grams="characters"),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_check_estimator(step):
    check_estimator(step, on_skip=None)


def test_codes_count_down_from_the_commonest():
    frame = pd.DataFrame({"c": ["b", "a", "c", "c", "a", "c"]})
    assert Codes().fit_transform(frame)["c"].tolist() == [2, 1, 0, 0, 1, 0]
    assert Codes(most=1).fit_transform(frame)["c"].tolist() == [-1, -1, 0, 0, -1, 0]


def test_frequencies_of_training():
    made = Frequencies().fit(pd.DataFrame({"c": list("aab")}))
    seen = made.transform(pd.DataFrame({"c": ["a", "b", "z", None]}))["c:frequency"]
    assert np.expm1(seen).round(5).tolist() == [2, 1, 0, 0]


def test_heavy_tails_are_scaled_by_quantiles():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.lognormal(0, 3, 5_000)})
    scaled = Scale().fit_transform(frame)["x"]
    assert abs(scaled.mean()) < 0.1
    assert scaled.std() == pytest.approx(1, abs=0.1)
    assert scaled.corr(frame["x"], method="spearman") > 0.999


def test_an_outlier_does_not_squeeze_the_others_of_a_robust_scale():
    frame = pd.DataFrame({"x": [*np.linspace(-1, 1, 99), 1e9]})
    scaled = Scale(how="robust").fit_transform(frame)["x"]
    assert scaled[:99].std() > 0.5
    assert 2.9 < scaled[99] <= 3
    assert scaled.is_monotonic_increasing


def test_normal_quantiles_have_no_shape_of_their_own():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.exponential(size=5_000)})
    scaled = Scale(how="normal").fit_transform(frame)["x"]
    assert abs(scaled.skew()) < 0.1 < frame["x"].skew()


def test_a_line_through_the_parts_bends_at_the_quantiles():
    x = np.linspace(-2, 2, 401)
    parts = Piecewise(intervals=4).fit_transform(pd.DataFrame({"x": x}))[
        [f"x:part{n}" for n in range(4)]
    ]
    assert parts.iloc[0].tolist() == [0, 0, 0, 0]
    assert parts.iloc[150].tolist() == pytest.approx([1, 0.5, 0, 0])
    bent = LinearRegression().fit(parts, np.abs(x)).predict(parts)
    np.testing.assert_allclose(bent, np.abs(x), atol=1e-5)


def test_few_values_need_no_parts():
    frame = pd.DataFrame({"flag": [0.0, 1.0] * 20, "none": np.nan})
    assert Piecewise().fit_transform(frame).columns.tolist() == ["flag", "none"]


def test_missing_numbers_get_the_median_and_a_mark():
    frame = pd.DataFrame({"x": [1.0, 2.0, 9.0, np.nan]})
    scaled = Scale().fit_transform(frame)
    assert scaled["x"][3] == scaled["x"][1]
    assert scaled["x:missing"].tolist() == [0, 0, 0, 1]


def test_hours_are_levels_for_a_linear_model_and_amounts_are_not():
    frame = pd.DataFrame(
        {"hour": [0, 8, 17] * 9, "amount": np.arange(27) / 2, "flag": [0, 1, 1] * 9}
    )
    made = OneHot(columns=[], whole=["hour", "amount", "flag"]).fit_transform(frame)
    assert {"hour=8", "hour=17"} <= set(made)
    assert not any(name.startswith(("amount=", "flag=")) for name in made)
