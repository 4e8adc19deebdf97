"""What the linear models find is what scikit-learn finds."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

from .fitting import fit

C, ROWS, COLUMNS = 0.02, 400, 12


@pytest.fixture(scope="module")
def table():
    """Two columns of twelve matter."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        rng.normal(size=(ROWS, COLUMNS)).astype(np.float32),
        columns=[f"x{at}" for at in range(COLUMNS)],
    )
    return X, (X["x0"] - 0.5 * X["x1"] + rng.normal(0, 0.5, ROWS)).to_numpy(dtype=float)


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
def test_a_regression_has_the_elastic_net_of_scikit_learn(table, ratio):
    X, y = table
    told = fit("linear", X, y, task="regression", params={"C": C, "l1_ratio": ratio}).predict(X)
    y_scaled, alpha = (y - y.mean()) / y.std(), 1 / (C * ROWS)
    model = (
        ElasticNet(alpha=alpha, l1_ratio=ratio, tol=1e-5)
        if ratio
        else Ridge(alpha=alpha * ROWS, tol=1e-8)
    )
    wanted = model.fit(X, y_scaled).predict(X) * y.std() + y.mean()
    np.testing.assert_allclose(told, wanted, atol=0.01)


@pytest.mark.filterwarnings("ignore")  # scikit-learn is renaming its penalties
@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("classes", [2, 3])
def test_classes_have_the_elastic_net_of_scikit_learn(table, ratio, classes):
    X, value = table
    y = pd.qcut(value, classes, labels=False).astype(int)
    task = "binary" if classes == 2 else "multiclass"
    told = fit("linear", X, y, task=task, params={"C": C, "l1_ratio": ratio}).predict(X)
    model = LogisticRegression(
        C=C, l1_ratio=ratio, penalty="elasticnet", solver="saga", tol=1e-6, max_iter=5000
    )
    np.testing.assert_allclose(told, model.fit(X, y).predict_proba(X), atol=0.01)


def test_of_very_many_weights_the_penalty_is_of_squares():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(20, 100_001)).astype(np.float32))
    X.columns = X.columns.map(str)
    y = X["0"].to_numpy(dtype=float)
    ridge, asked = (
        fit("linear", X, y, task="regression", params={"C": 1.0, "l1_ratio": ratio}).predict(X)
        for ratio in (0.0, 0.9)
    )
    np.testing.assert_array_equal(asked, ridge)


def test_a_lasso_leaves_out_columns_that_tell_nothing(table, tmp_path):
    X, y = table
    fit("linear", X, y, task="regression", params={"C": C, "l1_ratio": 1.0}).save(tmp_path)
    with np.load(tmp_path / "coefficients.npz") as arrays:
        coefficients = arrays["coefficients"].ravel()
    assert np.flatnonzero(np.abs(coefficients) > 1e-9).tolist() == [0, 1]
