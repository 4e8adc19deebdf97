import json
import shutil

import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import SearchError
from automl_tasks.ingest import row_ids
from automl_tasks.search import (
    SavedCandidate,
    build_candidate,
    holdout_prediction,
    load_candidate,
    run_worker,
    score,
    split_rows,
)
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.stopwatch import folder_mb
from automl_tasks.serve.intervals import class_sets
from tests.search.conftest import make_people


@pytest.fixture(scope="module")
def run(lasting_shop):
    """A finished search: the shop, its plan and its candidate."""
    plan = lasting_shop.planned(trials=3)
    run_worker(lasting_shop.store, "shop", "r1")
    return lasting_shop, plan, build_candidate(lasting_shop.store, "shop", "r1")


def folder_of(shop, run="r1"):
    return shop.store.path(f"shop/runs/{run}/candidate")


def test_the_ensemble_is_no_worse_than_its_best_trial(run):
    shop, _, candidate = run
    assert candidate.oof_score >= candidate.best_single_score
    best = Ledger(shop.store, "shop/runs/r1").good()[0]
    assert candidate.best_single_score == pytest.approx(1 - best.loss, abs=1e-4)
    assert sum(member.weight for member in candidate.members) == pytest.approx(1)
    assert len(candidate.leaderboard) == 3
    assert candidate.leaderboard[0].score == 1 - best.loss
    weights = {entry.trial: entry.weight for entry in candidate.leaderboard if entry.weight}
    parts = dict.fromkeys(weights, 0.0)
    for member in candidate.members:
        parts[member.trial] += member.weight
    assert weights == pytest.approx(parts)


def test_a_trial_takes_part_with_the_models_of_all_its_folds(run):
    _, plan, candidate = run
    for trial in {member.trial for member in candidate.members}:
        folds = [member.fold for member in candidate.members if member.trial == trial]
        assert folds == list(range(plan.folds))


def test_members_are_saved_without_pickles_and_predict_what_was_stored(run):
    shop, plan, candidate = run
    frame = pd.read_csv(shop.folder / "table.csv")
    rows = split_rows(plan, frame).holdout
    for member in candidate.members:
        folder = folder_of(shop) / "members" / member.name
        assert json.loads((folder / "pipeline.json").read_text())
        assert json.loads((folder / "model.json").read_text())["family"] == member.family
        assert not {file.suffix for file in folder.iterdir()} & {".pkl", ".joblib", ".pickle"}
    again = SavedCandidate(folder_of(shop), candidate).predict(frame.iloc[rows])
    assert again == pytest.approx(holdout_prediction(shop.store, plan), abs=1e-9)


def test_a_saved_candidate_calibrates_as_a_package_does(run):
    shop, _, candidate = run
    frame, power = pd.read_csv(shop.folder / "table.csv"), {"kind": "temperature", "power": 2.0}
    plain, certain = (
        SavedCandidate(
            folder_of(shop), candidate.model_copy(update={"calibration": calibration})
        ).predict(frame)
        for calibration in (None, power)
    )
    assert certain == pytest.approx(plain**2 / (plain**2).sum(axis=1, keepdims=True))


def test_out_of_fold_predictions_tell_how_sure_the_candidate_is(run):
    shop, _, candidate = run
    stored = pd.read_parquet(folder_of(shop) / "holdout.parquet")
    p = stored[["probability_0", "probability_1"]].to_numpy()
    inside = class_sets(p, candidate.conformal, 0.8)
    true = inside[np.arange(len(p)), (stored["target"] == "yes").astype(int)]
    assert true.mean() >= 0.6  # of few rows


def test_the_holdout_is_predicted_well_and_says_which_rows(run):
    shop, plan, candidate = run
    stored = pd.read_parquet(folder_of(shop) / "holdout.parquet")
    frame = pd.read_csv(shop.folder / "table.csv")
    held = frame.iloc[split_rows(plan, frame).holdout]
    assert len(stored) == candidate.holdout_rows == plan.holdout_rows
    assert stored["row_id"].tolist() == row_ids(held, plan.problem).tolist()
    assert stored["target"].tolist() == held["buys"].tolist()
    probabilities = stored[["probability_0", "probability_1"]].to_numpy()
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert score("roc_auc", (stored["target"] == "yes").to_numpy(), probabilities) > 0.8


def test_a_second_call_builds_nothing(run):
    shop, _, candidate = run
    before = (folder_of(shop) / "candidate.json").stat().st_mtime_ns
    assert build_candidate(shop.store, "shop", "r1") == candidate
    assert load_candidate(shop.store, "shop", "r1") == candidate
    assert (folder_of(shop) / "candidate.json").stat().st_mtime_ns == before


def test_with_the_budget_spent_a_fold_model_stands_in_for_the_refit(shop):
    plan = shop.planned(trials=2, split="time")
    run_worker(shop.store, "shop", "r1")
    shop.store.write_json("shop/runs/r1/spent/worker-0.json", {"seconds": plan.budget_seconds})
    candidate = build_candidate(shop.store, "shop", "r1")
    assert {member.fold for member in candidate.members} == {plan.fold_order[0]}
    assert candidate.train_rows < plan.develop_rows
    assert all("no time" in note for note in candidate.notes)
    assert candidate.notes


def test_without_a_model_there_is_no_candidate(shop):
    shop.planned()
    with pytest.raises(SearchError, match="no trial"):
        build_candidate(shop.store, "shop", "r1")
    with pytest.raises(SearchError, match="has no candidate"):
        load_candidate(shop.store, "shop", "r1")
    assert not shop.store.exists("shop/runs/r1/candidate")


def test_a_regression_on_few_rows_in_time_order(shop):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=50), "z": rng.normal(size=50)})
    frame["price"] = (3e6 + 1e6 * frame["x"]).round(2)
    plan = shop.planned(frame, "price", trials=2, split="time")
    assert plan.task == "regression"
    run_worker(shop.store, "shop", "r1")
    candidate = build_candidate(shop.store, "shop", "r1")
    stored = pd.read_parquet(folder_of(shop) / "holdout.parquet")
    assert candidate.train_rows == plan.develop_rows
    assert score("r2", stored["target"].to_numpy(), stored["prediction"].to_numpy()) > 0.5


def under_limits(shop, plan, run, **constraints):
    """The same trials, as the run of a problem with these constraints."""
    copy = shop.store.path(f"shop/runs/{run}")
    shutil.copytree(
        shop.store.path("shop/runs/r1"), copy, ignore=shutil.ignore_patterns("candidate")
    )
    problem = plan.problem.model_validate(
        plan.problem.model_dump(mode="json") | {"constraints": constraints}
    )
    shop.replan(plan.model_copy(update={"run": run}), problem=problem)
    return build_candidate(shop.store, "shop", run)


def test_the_front_holds_the_ensemble_and_its_prunings(run):
    _, _, candidate = run
    assert [point.chosen for point in candidate.front].count(True) == 1
    chosen = next(point for point in candidate.front if point.chosen)
    assert chosen.ms_per_row > 0 and chosen.size_mb > 0
    assert candidate.front == sorted(candidate.front, key=lambda point: point.loss)


def test_a_limit_on_size_is_kept_and_a_note_says_what_it_cost(run):
    shop, plan, candidate = run
    whole = next(point for point in candidate.front if point.chosen)
    small = under_limits(shop, plan, "small", size_mb=whole.size_mb / 4)
    folder = folder_of(shop, "small")
    assert folder_mb(folder / "members") <= whole.size_mb / 4
    assert any("stands in for the ensemble" in note for note in small.notes)
    assert any(point.name.startswith("student") for point in small.front)
    assert small.oof_score > 0.75
    frame = pd.read_csv(shop.folder / "table.csv")
    again = SavedCandidate(folder, small).predict(frame.iloc[split_rows(plan, frame).holdout])
    stored = pd.read_parquet(folder / "holdout.parquet")
    assert again[:, 1] == pytest.approx(stored["probability_1"].to_numpy(), abs=1e-9)


def test_what_no_model_keeps_is_said(run):
    shop, plan, _ = run
    tiny = under_limits(shop, plan, "tiny", size_mb=1e-6)
    assert any("nothing that was tried keeps 1e-06 MB" in note for note in tiny.notes)
    assert len(tiny.members) == 1


def test_a_student_learns_also_from_rows_that_no_fold_has_predicted(shop):
    """In time order the oldest rows are in no fold but to learn from."""
    shop.planned(make_people(120), trials=1, split="time", constraints={"size_mb": 1e-4})
    run_worker(shop.store, "shop", "r1")
    candidate = build_candidate(shop.store, "shop", "r1")
    students = [point for point in candidate.front if point.name.startswith("student")]
    assert students, candidate.notes
    assert min(point.loss for point in students) < 0.4
