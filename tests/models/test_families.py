import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from automl_tasks.features import FeaturePipeline
from automl_tasks.models import FAMILIES
from automl_tasks.serve.predictors import load_predictor

from .fitting import fit

BOOSTING = ["lightgbm", "xgboost", "catboost"]


@pytest.mark.parametrize("family", FAMILIES)
def test_learns_and_a_saved_model_predicts_the_same(family, table, tmp_path):
    faster = {"learning_rate": 0.3} if family in BOOSTING else {}
    fitted = table.fit(family, params=faster)
    X, y = table.features(family, slice(300, None))
    predicted = fitted.predict(X)
    assert predicted.dtype == np.float64
    if table.task == "regression":
        assert predicted.shape == y.shape
        assert 1 - np.var(predicted - y) / np.var(y) > 0.75
    else:
        classes = y.max() + 1
        assert predicted.shape == (len(y), classes)
        np.testing.assert_allclose(predicted.sum(axis=1), 1, atol=1e-12)
        part = 0.8 if family == "centroids" else 0.55  # which know no more than means
        assert log_loss(y, predicted) < part * np.log(classes)
    fitted.save(tmp_path / "model")
    served = load_predictor(tmp_path / "model")
    np.testing.assert_allclose(served.predict(X), predicted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(served.predict(X.iloc[[7]]), predicted[[7]], rtol=1e-9, atol=1e-9)
    shuffled = X[[*reversed(X.columns)]]
    np.testing.assert_array_equal(served.predict(shuffled), served.predict(X))


@pytest.mark.parametrize("family", FAMILIES)
def test_files_are_native_and_json(family, table, tmp_path):
    table.fit(family, params={"iterations": 2}).save(tmp_path)
    info = json.loads((tmp_path / "model.json").read_text())
    assert info["family"] == family
    native = {path.suffix for path in tmp_path.iterdir()}
    assert native - {".json"} <= {".txt", ".ubj", ".cbm", ".npz"}
    for path in tmp_path.glob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays)


@pytest.mark.parametrize("family", FAMILIES)
def test_same_seed_same_predictions(family, multiclass):
    X, _ = multiclass.features(family, slice(300, None))
    first = multiclass.fit(family, params={"iterations": 12}).predict(X)
    again = multiclass.fit(family, params={"iterations": 12}).predict(X)
    np.testing.assert_array_equal(first, again)


EARLY = [name for name, family in FAMILIES.items() if family.stops_early]


@pytest.mark.parametrize("family", EARLY)
def test_stops_early_and_is_refitted_for_as_long(family, table):
    early = table.fit(family, params={"learning_rate": 0.4 if family in BOOSTING else 0.03})
    assert 0 < early.iterations < (400 if family in BOOSTING else 100)
    again = table.fit(family, params={"iterations": early.iterations}, valid=False)
    assert again.iterations == early.iterations


@pytest.mark.parametrize("family", [*BOOSTING, "mlp"])
def test_iterations_without_held_back_rows_are_exact(family, multiclass):
    assert multiclass.fit(family, params={"iterations": 7}, valid=False).iterations == 7


@pytest.mark.parametrize("family", FAMILIES)
def test_out_of_time_keeps_what_there_is(family, table):
    fitted = table.fit(family, params={"iterations": 50_000}, seconds=0.0)
    X, _ = table.features(family, slice(300, None))
    assert np.isfinite(fitted.predict(X)).all()
    assert fitted.iterations in (None, 1, 4)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_class_may_be_absent_from_the_rows_of_a_fold(family, multiclass):
    rows = np.flatnonzero(multiclass.y[:300] != 1)
    fitted = multiclass.fit(family, params={"iterations": 20}, rows=rows, valid=False)
    X, _ = multiclass.features(family, slice(300, None))
    predicted = fitted.predict(X)
    assert predicted.shape == (100, 3)
    assert predicted[:, 1].max() < 0.2


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_that_weighs_nothing_teaches_nothing(family, table):
    """Half of the labels are wrong, and weigh nothing: as good as if they were not there."""
    rng = np.random.default_rng(1)
    wrong = rng.random(300) < 0.5
    spoiled = replace(table, y=table.y.copy())
    spoiled.y[:300][wrong] = rng.permutation(table.y[:300])[wrong]
    weight = np.where(wrong, 0.0, 3.0)
    params = {"iterations": 40, "learning_rate": 0.1} if family in BOOSTING else {}
    X, _ = spoiled.features(family, slice(300, None))
    y = table.y[300:]

    def loss(fitted):
        told = fitted.predict(X)
        return np.mean((told - y) ** 2) if table.task == "regression" else log_loss(y, told)

    blind = loss(spoiled.fit(family, params=params, valid=False, weight=weight))
    assert blind < 0.9 * loss(spoiled.fit(family, params=params, valid=False))


@pytest.mark.parametrize("family", EARLY)
def test_held_back_rows_of_no_weight_do_not_stop_it(family, regression):
    """All held-back rows but ten are nonsense: only if they count does it stop at once."""
    spoiled = replace(regression, y=regression.y.copy())
    spoiled.y[310:] = np.random.default_rng(0).permutation(spoiled.y[310:]) + 1e8
    weight = np.where(np.arange(100) < 10, 1.0, 0.0)
    faster = {"learning_rate": 0.2} if family in BOOSTING else {}
    misled = spoiled.fit(family, params=faster).iterations
    assert spoiled.fit(family, params=faster, valid_weight=weight).iterations > misled


@pytest.mark.parametrize("family", FAMILIES)
def test_a_dozen_rows_are_enough(family, table):
    fitted = table.fit(family, rows=slice(0, 12), valid=False, params={"iterations": 5})
    X, _ = table.features(family, slice(300, None))
    assert np.isfinite(fitted.predict(X)).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_portfolio_configuration_trains(family, table):
    for params in FAMILIES[family].portfolio(table.task, 100_000):
        assert json.loads(json.dumps(params)) == params
        whole = {"recipe": FAMILIES[family].recipe, "iterations": 3, **params}
        fitted = table.fit(family, params=whole)
        X, _ = table.features(family, slice(300, None), whole)
        assert np.isfinite(fitted.predict(X)).all()


@pytest.mark.parametrize(
    ("family", "stumps"),
    [
        ("lightgbm", {"num_leaves": 2, "max_cat_to_onehot": 1, "min_data_per_group": 5}),
        ("xgboost", {"max_depth": 1, "max_cat_to_onehot": 1}),
    ],
)
def test_categories_are_used_as_categories(family, stumps):
    """One split by category tells three scattered levels from the rest; by code it cannot."""
    rng = np.random.default_rng(0)
    levels = rng.choice(list("abcdefgh"), 600)
    y = np.isin(levels, ["b", "e", "g"]).astype(int)
    frame = pd.DataFrame({"level": levels, "noise": rng.normal(size=600)})
    X = FeaturePipeline("tree", {"level": "categorical", "noise": "numeric"}).fit_transform(frame)
    fitted = fit(family, X, y, params={**stumps, "learning_rate": 0.5, "iterations": 2})
    assert ((fitted.predict(X)[:, 1] > 0.5) == y).all()


def test_sizes_that_a_family_refuses():
    assert all(family.supports("binary", 5_000, 50) for family in FAMILIES.values())
    refusing = {name for name, each in FAMILIES.items() if not each.supports("binary", 10**7, 100)}
    assert refusing == {"linear", "centroids", "knn", "mlp"}


def test_centroids_tell_classes_of_two_rows_each_apart():
    rng = np.random.default_rng(0)
    centers = rng.normal(scale=3, size=(4, 20))
    y = np.repeat(np.arange(4), 2)
    frame = pd.DataFrame(centers[y] + rng.normal(size=(8, 20))).add_prefix("c")
    asked = np.repeat(np.arange(4), 50)
    rows = pd.DataFrame(centers[asked] + rng.normal(size=(200, 20))).add_prefix("c")
    pipeline = FeaturePipeline("linear", dict.fromkeys(frame, "numeric")).fit(frame, y)
    fitted = fit("centroids", pipeline.transform(frame), y, task="multiclass")
    said = fitted.predict(pipeline.transform(rows))
    assert np.mean(said.argmax(axis=1) == asked) > 0.95
    assert log_loss(asked, said) < 0.3  # sure of itself, and not too sure
