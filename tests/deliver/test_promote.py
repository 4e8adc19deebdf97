import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from automl_tasks.deliver import champion, history, load_champion, promote, register
from automl_tasks.deliver.promotion import Gate
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.versions import find_version, load_version
from automl_tasks.errors import DataError, RegistryUnreachable
from automl_tasks.problem import Constraints
from automl_tasks.search import load_labels, load_plan


@pytest.fixture
def register_run(store, make_run):
    """Make a run and register it."""

    def make(problem, run, **settings):
        make_run(problem, run, **settings)
        return register(store, problem.name, run).version

    return make


def aliases(name):
    with registry() as client:
        found = {
            alias: find_version(client, name, alias)
            for alias in ("champion", "previous_champion", "challenger")
        }
    return {alias: version.version for alias, version in found.items() if version}


def test_a_first_version_that_beats_a_constant_becomes_champion(pair):
    problem, store = pair
    decision = promote(problem, store)
    assert (decision.verdict, decision.version, decision.champion_before) == ("promote", 2, None)
    assert "is better than always predicting the same: rmse" in decision.reason
    assert champion(problem.name).run == "two"
    rows = pd.read_csv(problem.source.path)
    assert np.isfinite(load_champion(problem.name).predict(rows)["prediction"]).all()
    assert [each.id for each in history(store, problem.name)] == [decision.id]


def test_a_first_version_that_is_no_better_than_a_constant_is_kept_out(
    store, make_problem, register_run
):
    problem = make_problem()
    register_run(problem, "one", noise=30)
    decision = promote(problem, store)
    assert decision.verdict == "keep"
    assert "is no better than always predicting the same" in decision.reason
    assert champion(problem.name) is None


def test_a_better_challenger_replaces_the_champion_and_can_be_followed_back(crowned):
    problem, store = crowned
    (first,) = history(store, problem.name)
    decision = promote(problem, store)
    assert (decision.verdict, decision.champion_before, decision.applied) == ("promote", 1, True)
    assert decision.comparison.challenger < decision.comparison.champion
    assert decision.comparison.probability_better >= 0.9
    holdout = pd.read_parquet(store.path("flats/runs/two/candidate/holdout.parquet"))
    assert decision.comparison.rows == len(holdout)
    assert aliases(problem.name) == {"champion": 2, "previous_champion": 1, "challenger": 2}
    with registry() as client:
        tags = client.get_model_version(problem.name, "2").tags
    assert (tags["promoted_from"], tags["verdict"]) == ("1", "promote")
    assert history(store, problem.name) == [decision, first]


def test_a_worse_challenger_leaves_the_champion(pair):
    problem, store = pair
    promote(problem, store, version=2)
    decision = promote(problem, store, version=1)
    assert decision.verdict == "keep"
    assert "is not clearly better than champion version 2: rmse" in decision.reason
    assert champion(problem.name).version == 2
    assert promote(problem, store, version=1) == decision


def test_deciding_again_changes_nothing(pair):
    problem, store = pair
    first = promote(problem, store, version=1)
    assert promote(problem, store, version=1) == first
    second = promote(problem, store)
    assert promote(problem, store) == second
    assert len(history(store, problem.name)) == 2


def test_a_dry_run_decides_and_leaves_no_trace(pair):
    problem, store = pair
    decision = promote(problem, store, dry_run=True)
    assert (decision.verdict, decision.dry_run) == ("promote", True)
    assert champion(problem.name) is None
    assert history(store, problem.name) == []


def test_an_owner_who_wants_to_approve_is_asked_first(pair):
    problem, store = pair
    problem = problem.model_copy(update={"promotion": "approval"})
    asked = promote(problem, store)
    assert asked.verdict == "needs_approval"
    assert champion(problem.name) is None
    assert promote(problem, store) == asked
    approved = promote(problem, store, approved=True)
    assert (approved.id, approved.verdict, approved.approved) == (asked.id, "promote", True)
    assert champion(problem.name).version == 2


def test_a_declined_version_stays_declined(pair):
    problem, store = pair
    problem = problem.model_copy(update={"promotion": "approval"})
    declined = promote(problem, store, approved=False)
    assert (declined.verdict, declined.reason.split(":")[0]) == ("keep", "declined by a person")
    assert promote(problem, store, approved=True).verdict == "keep"
    assert champion(problem.name) is None


@pytest.mark.parametrize("limit", ["latency_ms_per_row", "size_mb"])
def test_a_limit_of_the_problem_file_is_a_gate(pair, limit):
    problem, store = pair
    tight = problem.model_copy(update={"constraints": Constraints(**{limit: 1e-9})})
    decision = promote(tight, store)
    assert decision.verdict == "keep"
    assert "limit 1e-09" in decision.reason
    assert promote(problem, store).verdict == "promote"


def test_a_champion_that_cannot_read_todays_rows_is_replaced(store, make_problem, register_run):
    table = pd.read_csv(make_problem().source.path)
    problem = make_problem(table)
    register_run(problem, "one")
    promote(problem, store)
    problem = make_problem(table.drop(columns="rooms"))
    register_run(problem, "two")
    decision = promote(problem, store)
    assert decision.verdict == "promote"
    assert "champion version 1 cannot predict these rows" in decision.reason
    assert "'rooms'" in decision.reason


@pytest.mark.parametrize("call", ["set_registered_model_alias", "set_model_version_tag"])
@pytest.mark.parametrize("before", [0, 1])
def test_a_promotion_that_was_killed_leaves_a_champion_and_is_finished(
    crowned, monkeypatch, call, before
):
    problem, store = crowned
    real, calls = getattr(mlflow.MlflowClient, call), []

    def killed(*arguments):
        calls.append(call)
        if len(calls) > before:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(mlflow.MlflowClient, call, killed)
        promote(problem, store)
    assert champion(problem.name).version in (1, 2)
    finished = promote(problem, store)
    assert (finished.verdict, finished.applied) == ("promote", True)
    assert aliases(problem.name) == {"champion": 2, "previous_champion": 1, "challenger": 2}
    assert len(history(store, problem.name)) == 2


def test_a_version_that_does_not_answer_as_champion_gives_the_place_back(crowned, monkeypatch):
    from automl_tasks.deliver import aliases as module

    problem, store = crowned
    broken = Gate(name="smoke", passed=False, detail="models:/x@champion does not predict")
    monkeypatch.setattr(module, "check_smoke", lambda *_: broken)
    decision = promote(problem, store)
    assert (decision.verdict, decision.applied) == ("invalid", False)
    assert aliases(problem.name) == {"champion": 1, "challenger": 2}


def test_an_altered_version_is_invalid(store, make_problem, register_run):
    problem = make_problem()
    register_run(problem, "one")
    with registry() as client:
        source = client.get_model_version(problem.name, "1").source
        folder = mlflow.artifacts.download_artifacts(source)
    with open(f"{folder}/data/package/model.json", "a") as file:  # noqa: PTH123
        file.write(" ")
    decision = promote(problem, store)
    assert decision.verdict == "invalid"
    assert "model.json' was altered" in decision.reason
    assert champion(problem.name) is None


def test_no_challenger_says_what_to_do(store, make_problem):
    with pytest.raises(DataError, match=r"has no challenger.*Run search first"):
        promote(make_problem(), store)


def test_an_unreachable_server_changes_nothing(pair, monkeypatch):
    problem, store = pair
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(RegistryUnreachable):
        promote(problem, store)
    assert history(store, problem.name) == []


def test_each_version_is_judged_by_its_own_decision_and_rows_by_their_weights(
    store, make_problem, register_run
):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=600), "counts": rng.integers(1, 5, 600)})
    table["rare"] = np.where(table["x"] + rng.normal(0, 1, 600) > 2, "yes", "no")
    settings = {"target": "rare", "metric": "f1", "time": None, "weight": "counts"}
    problem = make_problem(table, **settings, holdout=0.4)
    register_run(problem, "one")
    promote(problem, store)
    tuned = {"weights": [0.2, 0.8], "costs": None}
    register_run(problem, "two", decision=tuned)
    decision = promote(problem, store)
    held = load_labels(store, load_plan(store, problem.name, "two")).holdout
    rows, weight = table.iloc[held], table["counts"].iloc[held]
    with registry():
        answers = [load_version(f"models:/{problem.name}/{number}") for number in (1, 2)]
        said = [each.predict(rows)["prediction"] == "yes" for each in answers]
    scores = [f1_score(rows["rare"] == "yes", each, sample_weight=weight) for each in said]
    found = decision.comparison
    assert [found.champion, found.challenger] == pytest.approx(scores)
    assert found.metric == "f1"
    assert found.challenger > found.champion
