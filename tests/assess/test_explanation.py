"""Explanations of saved candidates of each task; only the search is replaced by two fits."""

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from automl_tasks.assess import assess
from automl_tasks.assess.explanation import explain_run, load_explanation
from automl_tasks.errors import SearchError
from automl_tasks.ingest import row_ids, take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.search import Candidate, SavedCandidate, make_plan
from automl_tasks.search.fitting import fit_rows
from automl_tasks.search.member import save_member
from automl_tasks.search.table import load_table
from automl_tasks.store import Store

ROWS = 500
TASKS = ("regression", "binary", "multiclass")


def make_table(task):
    """A target that area decides, then city; a note and a noise that decide nothing."""
    random = np.random.default_rng(0)
    area, city = random.uniform(20, 200, ROWS), random.choice(["Aachen", "Bonn", "Celle"], ROWS)
    value = area + 60 * (city == "Bonn") + random.normal(0, 5, ROWS)
    target = {
        "regression": value.round(2),
        "binary": np.where(value > np.median(value), "dear", "cheap"),
        "multiclass": pd.cut(value, [0, 90, 160, 900], labels=["low", "middle", "high"]),
    }[task]
    return pd.DataFrame(
        {
            "area": area.round(3),
            "city": city,
            "sold": pd.date_range("2024-01-01", periods=ROWS, freq="h").astype(str),
            "noise": random.normal(size=ROWS).round(4),
            "note": [f"flat number {row} of street {row % 7} here" for row in range(ROWS)],
            "price": target,
        }
    )


def write_run(folder, task):
    make_table(task).to_csv(folder / "data.csv", index=False)
    given = {"name": task, "source": str(folder / "data.csv"), "target": "price", "time": "sold"}
    problem = Problem.model_validate(given | {"split": "random"})
    store = Store(folder / "store")
    plan = make_plan(problem, store, take_snapshot(problem, store).id, "r1", minutes=2)
    with store.new_folder(f"{task}/runs/r1/candidate") as candidate:
        write_candidate(store, plan, candidate)
    return SimpleNamespace(store=store, plan=plan, name=task)


def write_candidate(store, plan, folder):
    table = load_table(store, plan.problem.name, plan.run)
    members = []
    for family in ("linear", "lightgbm"):
        configuration = next(each for each in plan.configurations if each.family == family)
        fit = fit_rows(
            table, configuration, table.split.develop, valid=None, seconds=30, iterations=40
        )
        save_member(fit, folder / "members" / family)
        members.append(
            {
                "name": family,
                "trial": f"{family}-1",
                "family": family,
                "weight": 0.5,
                "iterations": 40,
                "fold": None,
                "rows": len(table.split.develop),
            }
        )
    candidate = Candidate(
        run=plan.run,
        snapshot=plan.snapshot,
        task=plan.task,
        metric=plan.metric,
        target=plan.target,
        members=members,
        oof_score=1,
        best_single_score=1,
        calibration={"kind": "temperature", "power": 1.5} if plan.classes else None,
        leaderboard=[],
        train_rows=plan.develop_rows,
        holdout_rows=plan.holdout_rows,
        notes=[],
    )
    (folder / "candidate.json").write_text(candidate.model_dump_json())
    holdout = table.frame.iloc[table.split.holdout]
    answer = np.asarray(SavedCandidate(folder, candidate).predict(holdout))
    names = [f"probability_{code}" for code in range(len(plan.classes or ()))] or ["prediction"]
    stored = pd.DataFrame(answer.reshape(len(holdout), -1), columns=names)
    stored.insert(0, "target", make_table(plan.problem.name)["price"].to_numpy()[holdout.index])
    stored.insert(0, "row_id", row_ids(holdout, plan.problem).to_numpy())
    stored.to_parquet(folder / "holdout.parquet")


@pytest.fixture(scope="module", params=TASKS)
def run(request, tmp_path_factory):
    made = write_run(tmp_path_factory.mktemp(request.param), request.param)
    made.explanation = explain_run(made.store, made.name, "r1")
    return made


def test_columns_that_decide_come_first_and_noise_is_no_reason(run):
    found = run.explanation
    order = [each.column for each in found.importance]
    assert sorted(order) == ["area", "city", "noise", "note", "sold"]
    assert order[0] == "area"
    assert order.index("city") < order.index("noise")
    by_name = {each.column: each for each in found.importance}
    area, noise = by_name["area"], by_name["noise"]
    assert 0 < area.contribution.low < area.contribution.value < area.contribution.high
    assert area.loss_rise.low > 0
    assert area.loss_rise.value > 5 * abs(noise.loss_rise.value)
    assert "relies most on area, " in found.summary


def test_effects_rise_where_the_target_does(run):
    effects = {each.column: each for each in run.explanation.effects}
    area, city = effects["area"], effects["city"]
    assert (area.column, area.kind, city.kind) == ("area", "number", "text")
    name = {"regression": "value", "binary": "dear", "multiclass": "high"}[run.name]
    curve = [point.answers[name] for point in area.points]
    assert curve[-1] > curve[0]
    cities = {point.value: point.answers[name] for point in city.points}
    assert cities["Bonn"] == max(cities.values())
    assert sum(point.rows for point in city.points) == run.plan.develop_rows


def test_few_rules_imitate_the_model(run):
    rules = run.explanation.surrogate
    assert 2 <= len(rules.rules) <= 8
    assert rules.fidelity > max(0.7, rules.by_chance)
    said = " ".join(word for rule in rules.rules for word in rule.conditions)
    assert re.search(r"area (≤|>) \d", said)
    if run.name == "multiclass":
        assert {rule.answer for rule in rules.rules} == {"low", "middle", "high"}


def test_what_the_ensemble_would_lose(run):
    found = run.explanation.ablation
    assert {each.what for each in found.families} == {"linear", "lightgbm"}
    for each in found.families:
        assert each.weight == 0.5
        other = next(other for other in found.families if other is not each)
        assert each.rise.value == pytest.approx(other.alone - found.loss)
    kinds = [each.what for each in found.features]
    assert set(kinds) >= {"numbers", "categories", "parts of dates", "texts"}
    assert kinds[0] == "numbers"


def test_it_tells_on_how_much_it_rests_and_is_written_once(run):
    found = run.explanation
    assert 8 <= found.contribution_rows <= found.holdout_rows == run.plan.holdout_rows
    assert explain_run(run.store, run.name, "r1") == found
    assert load_explanation(run.store, run.name, "r1") == found
    spent = run.store.read_json(f"{run.name}/runs/r1/spent/explain.json")["seconds"]
    assert found.seconds <= spent
    assert list(found.base) == (run.plan.classes or ["value"])


def test_no_cell_of_a_row_is_told(run):
    text = json.dumps(run.explanation.model_dump())
    table = make_table(run.name)
    assert not [note for note in table["note"] if note in text]
    told = {point.value for effect in run.explanation.effects for point in effect.points}
    for name in ("area", "noise"):
        assert not told & {f"{value:.6g}" for value in table[name]}
    assert not told & set(table["sold"])


def test_reasons_of_the_package_add_up_to_its_answer(run):
    from automl_tasks.deliver import build_package
    from automl_tasks.serve import load
    from automl_tasks.serve.attribution import attribute
    from automl_tasks.serve.columns import select_columns

    assess(run.store, run.name, "r1")
    build_package(run.store, run.name, "r1")
    package = run.store.path(f"{run.name}/runs/r1/package")
    model, rows = load(package, threads=1), make_table(run.name).iloc[:12]
    frame = select_columns(rows, model.columns, model.info["missing"])
    answer = model.predict_raw(frame).reshape(len(rows), -1)
    found = attribute(model, frame)
    np.testing.assert_allclose(found.answers, answer, atol=1e-7 * np.abs(answer).max())
    np.testing.assert_allclose(
        attribute(model, frame.iloc[[5]]).contributions[0], found.contributions[5], atol=1e-6
    )
    background = (package / "background.json").read_text()
    assert "flat number" not in background
    told = json.loads(model.predict(rows, explain=2)["reasons"].iloc[0])
    assert len(told) == 2
    assert {name for name, _ in told} <= set(frame.columns)


def test_a_killed_explanation_leaves_nothing_and_begins_anew(run, tmp_path, monkeypatch):
    from automl_tasks.assess.explanation import explaining

    shutil.copytree(run.store.root, tmp_path / "store")
    store, key = Store(tmp_path / "store"), f"{run.name}/runs/r1"
    store.delete(f"{key}/explanation.json")
    store.write_json(
        f"{key}/plan.json",
        run.plan.model_copy(update={"budget_seconds": 5.0}).model_dump(mode="json"),
    )
    with monkeypatch.context() as patch:
        patch.setattr(explaining, "ablate", killed)
        with pytest.raises(KeyboardInterrupt):
            explain_run(store, run.name, "r1")
    assert not store.exists(f"{key}/explanation.json")
    assert explain_run(store, run.name, "r1").importance[0].column == "area"


def killed(*_):
    raise KeyboardInterrupt


def test_a_run_without_holdout_or_candidate_is_refused(run, tmp_path):
    shutil.copytree(run.store.root, tmp_path / "store")
    store, key = Store(tmp_path / "store"), f"{run.name}/runs/r1"
    store.delete(f"{key}/explanation.json")
    with pytest.raises(SearchError, match="was not explained"):
        load_explanation(store, run.name, "r1")
    plan = run.plan.model_copy(update={"holdout_rows": 0})
    store.write_json(f"{key}/plan.json", plan.model_dump(mode="json"))
    with pytest.raises(SearchError, match="held out no rows"):
        explain_run(store, run.name, "r1")
    store.delete(f"{key}/candidate")
    with pytest.raises(SearchError, match="has no candidate"):
        explain_run(store, run.name, "r1")
