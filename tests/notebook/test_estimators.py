import pickle
import tempfile

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import f1_score

from automl_tasks import AutoMLClassifier, AutoMLRegressor
from automl_tasks.errors import DataError, NightshiftError, SearchError


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """The folder in which this test's temporary files lie."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_frame_of_numbers_texts_dates_and_gaps_is_learned(fitted, strangers):
    X, y = strangers.drop(columns="buys"), strangers["buys"]
    assert fitted.score(X, y) > 0.8
    assert fitted.classes_.tolist() == ["no", "yes"]
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (len(X), 2)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert set(fitted.predict(X)) == {"no", "yes"}
    assert fitted.n_features_in_ == 5
    assert fitted.feature_names_in_.tolist() == X.columns.tolist()
    assert "index" not in " ".join(fitted.model_.columns)


def test_the_leaderboard_names_every_trial_and_its_weight(fitted):
    board = fitted.leaderboard_
    assert len(board) == 2
    assert board["score"].is_monotonic_decreasing
    assert board["weight"].sum() == pytest.approx(1)
    assert {"trial", "family", "seconds", "params", "status", "reason"} <= set(board)
    assert fitted.notes_


def test_a_pickle_predicts_the_same_and_nothing_stays_on_disk(fitted, strangers, scratch):
    X = strangers.drop(columns="buys")
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert list(scratch.iterdir()) == []


def test_the_same_seed_and_trials_give_the_same_model(fitted, people, strangers, scratch):
    again = clone(fitted).fit(people.drop(columns="buys"), people["buys"])
    X = strangers.drop(columns="buys")
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert list(scratch.iterdir()) == []


def test_other_columns_are_refused_as_everywhere_in_scikit_learn(fitted, strangers):
    X = strangers.drop(columns="buys")
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X[X.columns[::-1]])
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X.drop(columns="age"))


def test_rows_may_come_one_at_a_time_and_in_other_types(fitted, strangers):
    X = strangers.drop(columns="buys")
    whole = fitted.predict_proba(X)
    assert fitted.predict_proba(X.iloc[[7]])[0] == pytest.approx(whole[7], abs=1e-9)
    typed = X.assign(town=X["town"].astype("category"), since=X["since"].astype(str))
    assert fitted.predict_proba(typed) == pytest.approx(whole, abs=1e-9)


def test_numbers_from_a_table_with_numbered_columns_and_a_duration():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(150, 2)), columns=[0, 1])
    X["wait"] = pd.to_timedelta(rng.integers(0, 100, 150), "h")
    y = (10 * X[0] + X["wait"].dt.total_seconds() / 3600).astype(int)
    model = AutoMLRegressor(trials=2, minutes=1).fit(X[:120].rename(columns=str), y[:120])
    assert model.score(X[120:].rename(columns=str), y[120:]) > 0.9
    assert model.predict(X[120:].rename(columns=str)).dtype == np.float64


def test_labels_are_decided_as_the_metric_rewards():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=600)})
    y = np.where(X["x"] + rng.normal(0, 1, 600) > 2.2, "rare", "common")
    model = AutoMLClassifier(metric="f1", trials=1, minutes=1).fit(X, y)
    most_probable = model.classes_[model.predict_proba(X).argmax(axis=1)]
    predicted = model.predict(X)
    assert (predicted == "rare").sum() > (most_probable == "rare").sum()
    assert f1_score(y, predicted, pos_label="rare") > f1_score(y, most_probable, pos_label="rare")


@pytest.mark.parametrize("columns", ["numbers", "none"])
def test_each_group_has_its_threshold_however_the_columns_are_called(columns):
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 600)
    score = rng.normal(size=600) + 1.2 * group
    y = score + rng.normal(0, 0.5, 600) > 0.6
    X = pd.DataFrame({0: score, 1: group})
    X, protected = (X, "1") if columns == "numbers" else (X.to_numpy(), "x1")
    fairness = {"measure": "demographic_parity_difference", "max_disparity": 0.1}
    settings = {"protected": protected, "fairness": {**fairness, "mitigation": "thresholds"}}
    model = AutoMLClassifier(trials=1, minutes=1, settings=settings).fit(X, y)

    def gap(positive):
        return positive[group == 1].mean() - positive[group == 0].mean()

    assert gap(model.predict_proba(X)[:, 1] > 0.5) > 0.3
    assert abs(gap(model.predict(X))) < 0.15


def test_rows_that_weigh_more_are_followed():
    x = np.linspace(-1, 1, 200)
    X = pd.DataFrame({"x": np.concatenate([x, x]), "weight": 1.0})
    y, weight = np.concatenate([x, -x]), np.repeat([1.0, 0.02], 200)
    model = AutoMLRegressor(trials=1, minutes=1).fit(X, y, sample_weight=weight)
    assert model.score(X[:200], y[:200]) > 0.9
    assert model.n_features_in_ == 2


def few(rows):
    return pd.DataFrame({"x": np.arange(rows, dtype=float), "z": np.arange(rows) % 3})


@pytest.mark.parametrize(
    ("model", "X", "y", "said"),
    [
        (AutoMLClassifier(), few(30), ["a"] * 30, "one class only"),
        (AutoMLRegressor(), few(30), [2.5] * 30, "one value only"),
        (AutoMLRegressor(), few(6), [1, 2, 3, 4, 5, 6], "too few"),
        (AutoMLClassifier(), few(30), np.linspace(0, 1, 30), "Unknown label type"),
        (AutoMLClassifier(metric="auc"), few(30), [0, 1] * 15, "'metric'"),
        (AutoMLClassifier(metric="rmse"), few(30), [0, 1] * 15, "rmse"),
        (AutoMLRegressor(minutes=-1), few(30), np.arange(30), "budget.minutes"),
        (AutoMLRegressor(time="when"), few(30), np.arange(30), "'when'"),
        (AutoMLRegressor(settings={"rolls": {}}), few(30), np.arange(30), "'roles'"),
        (AutoMLRegressor(ignore=("x", "z")), few(30), np.arange(30), "no column is left"),
        (AutoMLRegressor(), few(30), [*range(29), np.nan], "NaN"),
    ],
)
def test_what_cannot_be_fitted_is_a_value_error_that_says_why(model, X, y, said, scratch):
    with pytest.raises(ValueError, match=said) as caught:
        model.fit(X, y)
    assert len(str(caught.value).splitlines()[0]) > 20
    assert list(scratch.iterdir()) == []


def test_weights_that_cannot_be_meant_are_refused():
    with pytest.raises(ValueError, match="one class only"):
        AutoMLClassifier().fit(few(30), [0, 1] * 15, sample_weight=[0, 1] * 15)
    with pytest.raises(ValueError, match="weight"):
        AutoMLRegressor().fit(few(30), np.arange(30), sample_weight=np.linspace(-1, 1, 30))


def test_two_columns_of_one_name_are_refused():
    X = few(30).set_axis(["x", "x"], axis="columns")
    with pytest.raises(DataError, match="'x' occurs more than once"):
        AutoMLRegressor().fit(X, np.arange(30))


def test_without_memory_for_any_model_the_error_says_so(scratch):
    with pytest.raises(SearchError, match="memory_gb"):
        AutoMLRegressor(memory_gb=0.01, minutes=0.2).fit(few(40), np.arange(40))
    assert list(scratch.iterdir()) == []


def test_an_unfitted_model_does_not_predict():
    with pytest.raises(NotFittedError):
        AutoMLRegressor().predict(few(3))
    assert not issubclass(NotFittedError, NightshiftError)
