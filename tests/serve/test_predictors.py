import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from automl_tasks.models import FAMILIES
from automl_tasks.serve.predictors import KINDS, load_predictor
from automl_tasks.serve.predictors.linear import sigmoid, softmax
from tests.models.fitting import fit


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A saved model of each family, and rows to predict."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 2)).astype(np.float32), columns=["a", "b"])
    y = (X["a"] > 0).astype(int).to_numpy()
    folder = tmp_path_factory.mktemp("models")
    for name, family in FAMILIES.items():
        params = family.portfolio("binary", 200)[0] | {"iterations": 20}
        fit(name, X, y, params=params).save(folder / name)
    return folder, X, y


def test_every_family_can_be_served():
    assert {family.kind for family in FAMILIES.values()} == set(KINDS)


def test_a_consumer_imports_a_package_for_catboost_alone(saved):
    folder, _, _ = saved
    code = (
        "import sys, pandas as pd\n"
        "from automl_tasks.serve.predictors import load_predictor\n"
        "rows = pd.DataFrame({'a': [1.0], 'b': [2.0]}).astype('float32')\n"
        "libraries = {'sklearn', 'catboost', 'xgboost', 'lightgbm', 'pydantic', 'mlflow'}\n"
        "for family in sys.argv[2:]:\n"
        "    load_predictor(f'{sys.argv[1]}/{family}').predict(rows)\n"
        "    print(family, *sorted(libraries & set(sys.modules) - {'sklearn'}))\n"
        "    if family == 'mlp': assert 'sklearn' not in sys.modules\n"
    )
    order = [
        "linear",
        "knn",
        "mlp",
        "catboost",
        "xgboost",
        "lightgbm",
    ]
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), *order],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "linear",
        "knn",
        "mlp",
        "catboost catboost",
        "xgboost catboost",
        "lightgbm catboost",
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_columns_are_found_by_name_and_others_ignored(saved, family):
    folder, X, y = saved
    predictor = load_predictor(folder / family, threads=2)
    predicted = predictor.predict(X)
    assert ((predicted[:, 1] > 0.5) == y).mean() > 0.95
    mixed = X.assign(surplus="text")[["surplus", "b", "a"]]
    np.testing.assert_array_equal(predictor.predict(mixed), predicted)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_is_told_the_same_alone_and_among_many(saved, family):
    folder, X, _ = saved
    predictor = load_predictor(folder / family)
    many = pd.concat([X] * 6, ignore_index=True)
    together = predictor.predict(many)
    alone = [predictor.predict(many.iloc[[at]])[0] for at in range(700, 720)]
    np.testing.assert_allclose(alone, together[700:720], rtol=1e-9)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_lightgbm_says_what_its_library_says(saved, task):
    _, X, _ = saved
    y = {"regression": X["a"] ** 2, "binary": X["a"] > X["b"], "multiclass": X["a"].rank() // 67}
    encoded = y[task].to_numpy().astype(float if task == "regression" else int)
    fitted = fit("lightgbm", X, encoded, task=task, params={"iterations": 50})
    many = pd.concat([X] * 4, ignore_index=True)
    told, own = fitted.predict(many), fitted.predictor.model.predict(many.to_numpy())
    if task == "binary":
        told = told[:, 1]
    if task == "regression":
        own = own * fitted.predictor.info["scale"] + fitted.predictor.info["mean"]
    np.testing.assert_allclose(told, own, rtol=1e-9)


def test_extreme_scores_stay_probabilities():
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]
    assert softmax(np.array([[1e4, 0.0], [-1e4, -1e4]])).tolist() == [[1.0, 0.0], [0.5, 0.5]]


def test_catboost_reads_a_row_of_categories_alone_as_among_many(tmp_path):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "level": rng.choice(["a", "b", "<missing>"], 300).astype(object),
            "number": np.where(rng.random(300) < 0.2, np.nan, rng.normal(size=300)),
        }
    ).astype({"number": np.float32})
    y = ((X["level"] == "a") ^ (X["number"] > 0)).astype(int).to_numpy()
    fit("catboost", X, y, params={"iterations": 20}).save(tmp_path)
    predictor = load_predictor(tmp_path)
    together = predictor.predict(X)
    alone = np.concatenate([predictor.predict(X.iloc[[at]]) for at in range(300)])
    np.testing.assert_array_equal(alone, together)
    assert len(np.unique(alone)) > 20
