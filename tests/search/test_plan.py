import json

import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.problem import Problem
from automl_tasks.search import Plan, load_labels, load_plan, make_plan, split_rows
from automl_tasks.search.redact import without_secrets


def test_three_lines_are_enough_and_what_was_inferred_is_said(store, snapshot_of, people):
    problem, snapshot = snapshot_of(people(), "buys")
    plan = make_plan(problem, store, snapshot, "r1", minutes=2)
    assert (plan.task, plan.metric, plan.problem.split) == ("binary", "roc_auc", "random")
    assert plan.classes == ["no", "yes"]
    assert plan.develop_rows + plan.holdout_rows == plan.labelled_rows == 240
    assert plan.folds == 5
    assert plan.budget_seconds == 120
    assert plan.search_seconds < 120
    said = " ".join(plan.notes)
    assert "task binary" in said
    assert "metric roc_auc" in said
    assert "split random" in said


def test_a_plan_is_made_once_and_survives_json(store, snapshot_of, people):
    problem, snapshot = snapshot_of(people(), "buys")
    plan = make_plan(problem, store, snapshot, "r1", minutes=2)
    again = make_plan(problem, store, snapshot, "r1", minutes=99, metric="accuracy")
    assert again == plan == load_plan(store, "shop", "r1")
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    other = make_plan(problem, store, snapshot, "r2", minutes=2)
    assert other.model_copy(update={"run": "r1"}) == plan


def test_the_first_configurations_are_quick_and_then_families_take_turns(
    store, snapshot_of, people
):
    problem, snapshot = snapshot_of(people(), "buys")
    plan = make_plan(problem, store, snapshot, "r1")
    families = [each.family for each in plan.configurations]
    assert families[:2] == ["linear", "lightgbm"]
    assert plan.configurations[1].params["num_leaves"] == 8
    assert set(families[2:10]) >= {"lightgbm", "xgboost", "catboost", "mlp"}
    ids = [each.id for each in plan.configurations]
    assert len(set(ids)) == len(ids)


def test_other_data_give_other_trials(store, snapshot_of, people):
    ids = []
    for seed in range(2):
        problem, snapshot = snapshot_of(people(seed=seed), "buys")
        plan = make_plan(problem, store, snapshot, f"r{seed}")
        ids.append({each.id for each in plan.configurations})
    assert not ids[0] & ids[1]


@pytest.mark.parametrize(
    "settings",
    [
        {"positive": "no"},
        {"weight": "age"},
        {"group": "town"},
        {"split": "time", "gap_rows": 3},
        {"metric": "cost", "costs": {"yes": {"no": 2}, "no": {"yes": 1}}},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_other_settings_give_other_trials(store, snapshot_of, people, settings):
    ids = []
    for run, given in (("plain", {}), ("set", settings)):
        problem, snapshot = snapshot_of(people(), "buys", **given)
        ids.append({each.id for each in make_plan(problem, store, snapshot, run).configurations})
    assert not ids[0] & ids[1]


def test_the_positive_class_is_the_second(store, snapshot_of, people):
    problem, snapshot = snapshot_of(people(), "buys", positive="no")
    assert make_plan(problem, store, snapshot, "r1").classes == ["yes", "no"]


def test_the_plan_gives_every_process_the_same_rows(store, snapshot_of, people):
    frame = people()
    problem, snapshot = snapshot_of(frame, "buys", holdout=0.3)
    plan = make_plan(problem, store, snapshot, "r1", window_rows=100)
    first, second = split_rows(plan, frame), split_rows(plan, frame)
    assert len(first.develop) == plan.develop_rows
    assert len(first.holdout) == plan.holdout_rows
    assert plan.labelled_rows == 100
    for (train, valid), (same_train, same_valid) in zip(first.folds, second.folds, strict=True):
        assert train.tolist() == same_train.tolist()
        assert valid.tolist() == same_valid.tolist()
        assert not set(first.holdout) & (set(train) | set(valid))


@pytest.mark.parametrize("split", ["random", "time"])
def test_the_division_is_kept_with_the_labels(store, snapshot_of, people, split):
    frame = people()
    problem, snapshot = snapshot_of(frame, "buys", split=split, weight="age")
    plan = make_plan(problem, store, snapshot, "r1")
    labels = load_labels(store, plan)
    anew, kept = split_rows(plan, frame), split_rows(plan, frame, labels)
    assert labels.weight.mean() == pytest.approx(1)
    assert labels.develop.tolist() == anew.develop.tolist() == kept.develop.tolist()
    assert labels.holdout.tolist() == anew.holdout.tolist() == kept.holdout.tolist()
    for found, expected in zip(kept.folds, anew.folds, strict=True):
        assert [part.tolist() for part in found] == [part.tolist() for part in expected]


def test_a_rare_class_has_several_deals_of_folds(store, snapshot_of, people):
    frame = people()
    frame["buys"] = ["rare"] * 4 + ["no", "yes"] * 118
    problem, snapshot = snapshot_of(frame, "buys")
    assert make_plan(problem, store, snapshot, "r1").folds == 3 * 5


def test_a_leaking_column_is_reported(store, snapshot_of, people):
    frame = people()
    frame["receipt"] = np.where(frame["buys"] == "yes", 1.5, 0.0)
    problem, snapshot = snapshot_of(frame, "buys")
    notes = make_plan(problem, store, snapshot, "r1").notes
    assert any("'receipt' alone predicts" in note for note in notes)


@pytest.mark.parametrize(
    ("settings", "arguments", "error", "words"),
    [
        ({"target": "buy"}, {}, ProblemError, "'target' names column 'buy'.*'buys'"),
        ({"time": "tim"}, {}, ProblemError, "'time' names column 'tim'"),
        ({"metric": "rmse"}, {}, ProblemError, "'rmse' does not suit.*roc_auc"),
        ({}, {"metric": "auc"}, ProblemError, "no metric 'auc'.*roc_auc"),
        ({}, {"minutes": -1}, ProblemError, "-1 minutes"),
        ({"task": "regression"}, {}, DataError, "must be numbers"),
        ({}, {"window_rows": 5}, DataError, "too few"),
        ({"ignore": ["age", "town", "noise", "sex"]}, {}, DataError, "no column"),
    ],
)
def test_a_wrong_problem_is_an_error_before_time_is_spent(
    store, snapshot_of, people, settings, arguments, error, words
):
    problem, snapshot = snapshot_of(people(), "buys")
    problem = problem.model_copy(update=settings)
    with pytest.raises(error, match=f"(?s){words}"):
        make_plan(problem, store, snapshot, "r1", **arguments)
    assert not store.exists("shop/runs/r1/plan.json")


def test_a_holdout_of_one_class_is_an_error_where_the_metric_needs_two(store, snapshot_of, people):
    frame = people().sort_values("buys", ascending=False)
    problem, snapshot = snapshot_of(frame, "buys", split="time")
    with pytest.raises(DataError, match=r"held-out rows all have one label.*'holdout'"):
        make_plan(problem, store, snapshot, "r1")
    assert make_plan(problem, store, snapshot, "r1", metric="log_loss").metric == "log_loss"


def test_regression_in_time_order(store, snapshot_of):
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=80), "x": range(80)})
    frame["y"] = np.sin(frame["x"]) * 10
    problem, snapshot = snapshot_of(frame, "y", time="day")
    plan = make_plan(problem, store, snapshot, "r1")
    assert (plan.task, plan.metric, plan.problem.split) == ("regression", "rmse", "time")
    assert plan.classes is None
    assert plan.holdout_rows == 12


def test_no_password_is_written_down():
    source = {"url": "postgresql://ann:s3cret@db.example:5432/x?password=s3cret", "table": "t"}
    problem = without_secrets(Problem(name="shop", source=source, target="y"))
    text = json.dumps(problem.model_dump(mode="json"))
    assert "s3cret" not in text
    assert "ann@db.example:5432/x" in text


def test_an_unknown_run_names_the_known_ones(store, snapshot_of, people):
    problem, snapshot = snapshot_of(people(), "buys")
    make_plan(problem, store, snapshot, "r1")
    with pytest.raises(ProblemError, match=r"'r2'.*never planned.*r1"):
        load_plan(store, "shop", "r2")
