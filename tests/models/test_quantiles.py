import numpy as np
import pandas as pd
import pytest

from automl_tasks.features import FeaturePipeline
from automl_tasks.models import FAMILIES

QUICK = {
    "lightgbm": {"num_leaves": 7, "learning_rate": 0.05},
    "xgboost": {"max_depth": 3, "learning_rate": 0.05},
    "catboost": {"depth": 4, "learning_rate": 0.08, "boosting_type": "Plain"},
    "linear": {"recipe": "linear_splines", "C": 1.0},
    "mlp": {"hidden": [32, 32]},
}


@pytest.fixture(scope="module")
def spreading():
    """Rows whose noise grows with `width`: their quantiles are no constant above the mean."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"level": rng.normal(size=2_000), "width": rng.uniform(0, 4, 2_000)})
    return frame, 50 + 10 * (frame["level"] + frame["width"] * rng.normal(size=2_000)).to_numpy()


def predicted(family, spreading, quantile):
    frame, y = spreading
    params, kind = QUICK[family], FAMILIES[family]
    pipeline = FeaturePipeline(kind.recipe_of(params), dict.fromkeys(frame, "numeric"))
    train, valid, asked = slice(0, 1_200), slice(1_200, 1_500), slice(1_500, None)
    X = pipeline.fit_transform(frame.iloc[train], y[train])
    model = kind.fit(
        X,
        y[train],
        task="regression",
        params=params,
        classes=0,
        valid=(pipeline.transform(frame.iloc[valid]), y[valid]),
        threads=1,
        seed=0,
        seconds=30,
        quantile=quantile,
    )
    return model.predict(pipeline.transform(frame.iloc[asked])), y[asked], frame["width"][asked]


@pytest.mark.parametrize("family", QUICK)
def test_a_quantile_is_predicted_where_rows_differ_in_their_spread(family, spreading):
    for quantile in (0.1, 0.9):
        said, y, width = predicted(family, spreading, quantile)
        assert np.mean(y < said) == pytest.approx(quantile, abs=0.06)
        wide = (width > 2).to_numpy()
        assert np.mean(y[wide] < said[wide]) == pytest.approx(quantile, abs=0.09)


@pytest.mark.parametrize("family", QUICK)
def test_without_a_quantile_the_mean_is_predicted(family, spreading):
    said, y, _ = predicted(family, spreading, None)
    assert np.mean(y - said) == pytest.approx(0, abs=3)


@pytest.mark.parametrize("boosting_type", ["Plain", "Ordered"])
def test_catboost_stops_early_at_any_quantile(boosting_type, spreading):
    params = {"depth": 4, "learning_rate": 0.3, "boosting_type": boosting_type}
    frame, y = spreading
    X, X_valid = frame.iloc[:1_200].astype("float32"), frame.iloc[1_200:].astype("float32")
    model = FAMILIES["catboost"].fit(
        X,
        y[:1_200],
        task="regression",
        params=params,
        classes=0,
        valid=(X_valid, y[1_200:]),
        threads=1,
        seed=0,
        seconds=30,
        quantile=1 / 3,
    )
    assert model.iterations < 500
