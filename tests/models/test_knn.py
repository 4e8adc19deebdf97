import numpy as np
import pandas as pd
import pytest

from automl_tasks.models import FAMILIES

RNG = np.random.default_rng(0)


def fit(X, y, task, **params):
    return FAMILIES["knn"].fit(
        X,
        y,
        task=task,
        params=params,
        classes=0 if task == "regression" else int(y.max()) + 1,
        valid=None,
        threads=1,
        seed=0,
        seconds=60,
    )


def frame(array):
    names = [f"c{n}" for n in range(array.shape[1])]
    return pd.DataFrame(array.astype(np.float32), columns=names)


def test_predicts_the_near_rows_drawn_to_the_mean():
    X = frame(np.array([[0.0], [1.0], [10.0], [11.0]]))
    y = np.array([0.0, 2.0, 100.0, 102.0])
    told = fit(X, y, "regression", k=2).predict(frame(np.array([[0.5], [10.5]])))
    # Two neighbours of equal say, and the mean of all, 51, as a third.
    np.testing.assert_allclose(told, [(0 + 2 + 51) / 3, (100 + 102 + 51) / 3], rtol=1e-6)


def test_never_certain():
    X = frame(RNG.normal(size=(200, 2)))
    y = (X["c0"] > 0).to_numpy().astype(int)
    told = fit(X, y, "binary", k=5).predict(X)
    assert 0 < told.min() < 0.02
    assert told.max() < 1


def test_relevance_lengthens_the_columns_that_matter():
    array = RNG.normal(size=(1_000, 20))
    y = (array[:, 3] > 0).astype(int)
    new = RNG.normal(size=(500, 20))

    def hits(relevance):
        told = fit(frame(array), y, "binary", k=10, relevance=relevance).predict(frame(new))
        return np.mean((told[:, 1] > 0.5) == (new[:, 3] > 0))

    assert hits(0.25) > hits(0.0) + 0.1


@pytest.mark.parametrize("rows", [1, 7, 400])
def test_a_row_is_predicted_the_same_in_any_company(monkeypatch, rows):
    """Among many equal distances, too: they must not be ordered by rounding."""
    from automl_tasks.serve.predictors import knn

    X = frame(RNG.integers(0, 3, (900, 6)) / 3)
    y = RNG.integers(0, 4, 900)
    fitted = fit(X, y, "multiclass", k=5, relevance=0.25)
    whole = fitted.predict(X.head(400))
    monkeypatch.setattr(knn, "_CELLS", 900 * rows)
    np.testing.assert_allclose(fitted.predict(X.head(400)), whole, rtol=1e-12)


def test_more_neighbours_than_rows():
    X, y = frame(RNG.normal(size=(3, 2))), np.array([0, 1, 1])
    assert np.isfinite(fit(X, y, "binary", k=20).predict(X)).all()
    same = frame(np.ones((6, 2)))
    told = fit(same, np.array([0, 0, 0, 1, 1, 1]), "binary", k=20).predict(same)
    np.testing.assert_allclose(told, 0.5)
