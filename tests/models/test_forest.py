import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier


@pytest.mark.parametrize("kind", ["train", "gap_where_training_had_none"])
@pytest.mark.parametrize(
    ("family", "sklearn"),
    [("random_forest", RandomForestClassifier), ("extra_trees", ExtraTreesClassifier)],
)
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_flat_trees_say_what_scikit_learn_says(tables, task, family, sklearn, kind):
    table = tables[task]
    X, y = table.features(family)
    fitted = table.fit(family, params={"min_samples_leaf": 1, "max_features": 2, "iterations": 25})
    model = sklearn(25, min_samples_leaf=1, max_features=2, max_leaf_nodes=15_000, random_state=0)
    model.fit(X.to_numpy(np.float32), y)
    new, _ = table.features(family, slice(300, None))
    if kind != "train":
        new = new.assign(a=np.nan)
        with np.errstate(all="ignore"):
            expected = model.predict_proba(new.to_numpy(np.float32))
    else:
        expected = model.predict_proba(new.to_numpy(np.float32))
    np.testing.assert_allclose(fitted.predict(new), expected, atol=1e-6)


def test_regression_keeps_the_digits_of_a_large_target(regression):
    X, y = regression.features("extra_trees")
    params = {"iterations": 20, "min_samples_leaf": 1, "max_features": 0.8}
    fitted = regression.fit("extra_trees", params=params)
    model = ExtraTreesRegressor(20, max_features=0.8, max_leaf_nodes=15_000, random_state=0)
    model.fit(X.to_numpy(np.float32), (y - y.mean()) / y.std())
    expected = model.predict(X.to_numpy(np.float32)) * y.std() + y.mean()
    # In float32 the leaves of the target itself would be 64 apart.
    np.testing.assert_allclose(fitted.predict(X), expected, atol=1e-6 * y.std())


def test_chunks_of_rows_do_not_show(monkeypatch, multiclass):
    from automl_tasks.serve.predictors import forest

    fitted = multiclass.fit("random_forest", params={"iterations": 10})
    X, _ = multiclass.features("random_forest")
    whole = fitted.predict(X)
    monkeypatch.setattr(forest, "_CELLS", 100)
    np.testing.assert_array_equal(fitted.predict(X), whole)


def test_size_of_the_leaf_values_is_bounded(monkeypatch, regression):
    from automl_tasks.models import _forest

    params = {"iterations": 10, "min_samples_leaf": 1}
    leaves = {}
    for bound in (10 * 100, 10 * 15_000):
        monkeypatch.setattr(_forest, "_MOST_LEAF_VALUES", bound)
        fitted = regression.fit("extra_trees", params=params)
        leaves[bound] = len(fitted.predictor.model["values"])
    assert leaves[1_000] == 1_000 < leaves[150_000]
