"""Thresholds by group on their way: from a search to what a consumer is answered."""

import re

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import equalized_odds_difference
from sklearn.metrics import f1_score

from automl_tasks.assess import assess
from automl_tasks.assess.explanation.subject import load_subject
from automl_tasks.deliver import build_package
from automl_tasks.deliver.card import build_card
from automl_tasks.ingest import take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.search import build_candidate, load_candidate, load_labels, make_plan, run_worker
from automl_tasks.serve import load


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    rows = 3000
    sex = rng.choice(["f", "m"], rows)
    merit = rng.normal(size=rows) + 0.8 * (sex == "m")
    frame = pd.DataFrame({"merit": merit, "sex": sex, "noise": rng.normal(size=rows)})
    frame["hired"] = np.where(merit + rng.normal(0, 1, rows) > 0.4, "yes", "no")
    return frame


@pytest.fixture
def delivered(table, tmp_path, store):
    table.to_csv(tmp_path / "table.csv", index=False)
    problem = Problem(
        name="jobs",
        source=str(tmp_path / "table.csv"),
        target="hired",
        metric="f1",
        protected="sex",
        fairness={"features": "exclude", "mitigation": "thresholds", "max_disparity": 0.08},
        holdout=0.4,
    )
    plan = make_plan(problem, store, take_snapshot(problem, store).id, "r1", minutes=2)
    plan = plan.model_copy(update={"configurations": plan.configurations[:1], "trials": 1})
    store.write_json("jobs/runs/r1/plan.json", plan.model_dump(mode="json"))
    run_worker(store, "jobs", "r1")
    build_candidate(store, "jobs", "r1")
    assessment = assess(store, "jobs", "r1")
    report = assessment.fairness["sex"]
    subject = load_subject(store, plan, load_candidate(store, "jobs", "r1"), threads=1)
    explained = subject.loss(subject.answers, slice(None))
    # Each part of the card tells of the same labels.
    assert 1 - explained == pytest.approx(assessment.metrics["f1"].value)
    build_package(store, "jobs", "r1")
    assert re.search(
        r"given 'yes': f 0\.\d+, m 0\.\d+, all others 0\.\d+\.",
        build_card(store, "jobs", "r1").markdown,
    )
    held = table.iloc[load_labels(store, plan).holdout]
    return load(store.path("jobs/runs/r1/package")), held, report


def test_a_consumer_gets_the_labels_that_were_found_fair(delivered):
    model, held, report = delivered
    truth = held["hired"] == "yes"

    def apart(rows, **options):
        said = model.predict(rows, **options)["prediction"] == "yes"
        return equalized_odds_difference(truth, said, sensitive_features=held["sex"])

    told = report.disparities["equalized_odds_difference"].value
    assert apart(held) == pytest.approx(told)
    # Without its group a row is decided as all are, and they are further apart.
    assert apart(held.drop(columns="sex").assign(sex=None)) > told + 0.1
    assert not any("sex" in str(steps) for steps in model.steps.values())
    assert report.proxies[0].column == "merit"
    said = model.predict(held)["prediction"] == "yes"
    for group in report.groups:
        own = held["sex"] == group.group
        assert group.quantities["metric"].value == pytest.approx(f1_score(truth[own], said[own]))
