import gc
import pickle

import pandas as pd
import pytest

from automl_tasks import Problem, search
from automl_tasks.errors import DataError, ProblemError
from automl_tasks.notebook import engineer, evaluate, prepare
from automl_tasks.serve import BadInput

PROBLEM = Problem(name="people", source="not read", target="buys", holdout=0.2)


@pytest.fixture(scope="module")
def prepared(people):
    return prepare(PROBLEM, people)


@pytest.fixture(scope="module")
def result(prepared):
    return search(prepared, trials=2, minutes=1, progress=False)


def test_the_model_predicts_raw_rows_and_keeps_their_index(result, strangers):
    X = strangers.drop(columns="buys")
    predicted = result.model.predict(X[X.columns[::-1]].assign(more=1))
    assert predicted.columns.tolist() == ["prediction", "probability_no", "probability_yes"]
    assert predicted.index.equals(X.index)
    assert (predicted["prediction"] == strangers["buys"]).mean() > 0.8
    again = pickle.loads(pickle.dumps(result.model)).predict(X)
    assert again.equals(result.model.predict(X))
    assert len(result.model.predict(X.iloc[:0])) == 0


def test_a_column_that_always_had_a_value_is_required(result, strangers):
    X = strangers.drop(columns="buys")
    assert len(result.model.predict(X.drop(columns="town"))) == len(X)
    with pytest.raises(BadInput, match="'age'"):
        result.model.predict(X.drop(columns="age"))


def test_the_result_tells_what_was_done(result):
    assert len(result.leaderboard) == result.summary.trials == 2
    assert (result.folder / "plan.json").exists()
    assert result.plan.holdout_rows > 0
    assert any("metric" in note for note in result.notes)


def test_it_is_evaluated_on_its_holdout_and_on_other_rows(result, strangers):
    for table in (evaluate(result), evaluate(result, strangers)):
        auc = table.loc["roc_auc"]
        assert auc["low"] <= auc["value"] <= auc["high"]
        assert auc["value"] > 0.8
        assert auc["baseline"] == 0.5
    with pytest.raises(DataError, match="'buys' is missing"):
        evaluate(result, strangers.drop(columns="buys"))


def by_town(town):
    """A decision by which nobody of a town is given the positive class."""
    return {
        "groups": {"column": "town", "levels": [town]},
        "weights": {town: [1.0, 0.0]},
        "common": [0.5, 0.5],
    }


def test_labels_by_group_are_predicted_as_they_are_served(result, strangers, monkeypatch):
    town = strangers["town"].value_counts().index[0]
    fair = result.candidate.model_copy(update={"group_decision": by_town(town)})
    monkeypatch.setattr(result.model, "_candidate", fair)
    said = result.model.predict(strangers)
    there = strangers["town"] == town
    assert (said.loc[there, "prediction"] == "no").all()
    likely = said["probability_yes"] > 0.5
    assert ((said["prediction"] == "yes") == likely)[~there].all()
    assert likely[there].any()


def test_labels_by_group_are_evaluated_as_they_are_served(result, strangers):
    town = strangers["town"].value_counts().index[0]
    by_group = by_town(town)
    fair = result.candidate.model_copy(update={"group_decision": by_group})
    table = evaluate(type(result)(**{**vars(result), "candidate": fair}), strangers)
    elsewhere = strangers["town"] != town
    said = result.model.predict(strangers)["probability_yes"] > 0.5
    truth = strangers["buys"] == "yes"
    assert table.loc["accuracy", "value"] == pytest.approx(((said & elsewhere) == truth).mean())
    before = evaluate(result, strangers)
    assert table.loc["accuracy", "value"] < before.loc["accuracy", "value"]
    pd.testing.assert_series_equal(table.loc["roc_auc"], before.loc["roc_auc"])


def test_features_can_be_looked_at(prepared, strangers):
    found = engineer(prepared)
    assert found.roles["town"] == "categorical"
    assert len(found.frame) == found.plan.develop_rows
    assert found.leaks == {}
    assert len(found.pipeline.transform(strangers)) == len(strangers)
    assert len(engineer(prepared, recipe="tree_target").frame) == len(found.frame)


def test_a_temporary_store_goes_with_its_last_user(people):
    prepared = prepare(PROBLEM, people)
    folder = prepared.store.root.parent
    assert folder.exists()
    del prepared
    gc.collect()
    assert not folder.exists()


def test_a_home_keeps_the_snapshot_and_a_file_can_be_the_source(people, tmp_path):
    people.to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "people.yaml").write_text("name: people\nsource: people.csv\ntarget: buys\n")
    prepared = prepare(tmp_path / "people.yaml", home=tmp_path / "home")
    assert len(prepared.frame) == len(people)
    assert (tmp_path / "home" / "store" / "people" / "current.json").exists()


def test_faults_are_found_before_any_time_is_spent(people):
    with pytest.raises(DataError, match="the data frame: column 'buys'"):
        search(PROBLEM, people.drop(columns="buys"), progress=False)
    with pytest.raises(DataError, match="rows"):
        search(PROBLEM, people.iloc[:0], progress=False)
    with pytest.raises(ProblemError, match="no such file"):
        search("missing.yaml", progress=False)
    with pytest.raises(ProblemError, match="metric"):
        search(PROBLEM, people, metric="auc", progress=False)


def test_nothing_held_out_needs_other_rows(result):
    plan = result.plan.model_copy(update={"holdout_rows": 0})
    bare = type(result)(**{**vars(result), "plan": plan})
    with pytest.raises(DataError, match="no rows were held out"):
        evaluate(bare)
    assert isinstance(result.leaderboard, pd.DataFrame)
