import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from automl_tasks.assess import Assessment, assess, load_assessment
from automl_tasks.errors import SearchError
from automl_tasks.ingest import take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.search import build_candidate, load_labels, make_plan, run_worker
from automl_tasks.store import Store


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Store and plan of a search with a candidate."""
    folder = tmp_path_factory.mktemp("bank")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"income": rng.normal(size=400), "sex": rng.choice(["f", "m"], 400)})
    frame["repays"] = np.where(frame["income"] + rng.normal(0, 0.5, 400) > 0, "yes", "no")
    frame.to_csv(folder / "table.csv", index=False)
    problem = Problem(
        name="bank",
        source=str(folder / "table.csv"),
        target="repays",
        protected="sex",
        holdout=0.3,
    )
    store = Store(folder / "store")
    snapshot = take_snapshot(problem, store)
    plan = make_plan(problem, store, snapshot.id, "r1", minutes=2, reason="drift: income moved")
    plan = plan.model_copy(update={"configurations": plan.configurations[:1], "trials": 1})
    store.write_json("bank/runs/r1/plan.json", plan.model_dump(mode="json"))
    run_worker(store, "bank", "r1")
    build_candidate(store, "bank", "r1")
    return store, plan


def test_the_holdout_is_measured_against_a_constant_predictor(run):
    store, plan = run
    result = assess(store, "bank", "r1")
    auc = result.metrics["roc_auc"]
    assert set(result.metrics) >= {"log_loss", "accuracy", "average_precision"}
    assert 0.8 < auc.low <= auc.value <= auc.high <= 1
    assert auc.baseline == 0.5
    assert result.gain == pytest.approx(1 - (1 - auc.value) / 0.5)
    assert result.holdout_rows == plan.holdout_rows
    assert result.train_rows == plan.develop_rows
    assert result.reason == "drift: income moved"


def test_what_a_prediction_costs_is_measured_on_the_saved_model(run):
    store, _ = run
    result = assess(store, "bank", "r1")
    assert 0 < result.latency_ms_per_row < result.latency_ms_single
    assert 0 < result.size_mb < 1


def test_each_group_of_a_protected_column_is_told(run):
    store, plan = run
    groups = assess(store, "bank", "r1").fairness["sex"].groups
    assert {each.group for each in groups} == {"f", "m"}
    assert sum(each.rows for each in groups) == plan.holdout_rows
    assert all(each.quantities["metric"].value > 0.7 for each in groups)


def test_an_assessment_is_made_once_and_is_the_same_but_for_its_times(run):
    store, _ = run
    first = assess(store, "bank", "r1")
    assert assess(store, "bank", "r1") == first == load_assessment(store, "bank", "r1")
    assert Assessment.model_validate_json(first.model_dump_json()) == first
    store.delete("bank/runs/r1/assessment.json")
    times = {"latency_ms_per_row", "latency_ms_single"}
    assert assess(store, "bank", "r1").model_dump(exclude=times) == first.model_dump(exclude=times)


def test_without_a_candidate_the_missing_stage_is_named(run):
    store, plan = run
    store.write_json("bank/runs/r2/plan.json", plan.model_dump(mode="json"))
    with pytest.raises(SearchError, match=r"no candidate.*'ensemble'"):
        assess(store, "bank", "r2")
    with pytest.raises(SearchError, match=r"not assessed.*'assess'"):
        load_assessment(store, "bank", "r2")


def test_labels_are_those_of_the_candidates_decision_and_rows_count_by_weight(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=900), "weight": rng.integers(1, 9, 900)})
    frame["rare"] = np.where(frame["x"] + rng.normal(0, 1, 900) > 2.2, "yes", "no")
    frame.to_csv(tmp_path / "table.csv", index=False)
    problem = Problem(
        name="rare",
        source=str(tmp_path / "table.csv"),
        target="rare",
        metric="f1",
        weight="weight",
        holdout=0.3,
    )
    store = Store(tmp_path / "store")
    plan = make_plan(problem, store, take_snapshot(problem, store).id, "r1", minutes=2)
    plan = plan.model_copy(update={"configurations": plan.configurations[:1], "trials": 1})
    store.write_json("rare/runs/r1/plan.json", plan.model_dump(mode="json"))
    run_worker(store, "rare", "r1")
    candidate = build_candidate(store, "rare", "r1")
    found = assess(store, "rare", "r1").metrics["f1"]
    held = pd.read_parquet(store.path("rare/runs/r1/candidate/holdout.parquet"))
    weight = frame["weight"].to_numpy()[load_labels(store, plan).holdout]
    said = candidate.labelling.labels(held[["probability_0", "probability_1"]].to_numpy())
    expected = f1_score(held["target"] == "yes", said, sample_weight=weight)
    assert found.value == pytest.approx(expected)
    assert candidate.decision is not None
    assert found.value > found.baseline > 0
