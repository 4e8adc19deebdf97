"""Runs to deliver, made with the real stages; only the search itself is replaced by one fit."""

import json
import os
import shutil
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from automl_tasks.problem import Problem
from automl_tasks.store import digest_json, open_store

ROWS = 300


@pytest.fixture(scope="session")
def mlflow_home(tmp_path_factory):
    """One MLflow database for all tests (creating one takes seconds), in a path with a space."""
    return tmp_path_factory.mktemp("night shift")


@pytest.fixture(autouse=True)
def environment(mlflow_home):
    with settings(mlflow_home):
        yield


@contextmanager
def settings(home):
    """Our MLflow; its defaults, which the registry puts into the environment, end with a test."""
    before = dict(os.environ)
    os.environ["NIGHTSHIFT_HOME"] = str(home)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "store"))


def make_table(rows=ROWS, seed=0, slope=3.0):
    """Numbers, whole numbers, categories, dates and a column with gaps; a target they explain."""
    random = np.random.default_rng(seed)
    area, rooms = random.uniform(20, 200, rows).round(1), random.integers(1, 7, rows)
    city = random.choice(["Aachen", "Bonn", "Celle"], rows)
    note = np.where(random.random(rows) < 0.3, None, random.choice(["old", "new"], rows))
    price = slope * area + 20 * rooms + 40 * (city == "Bonn") + random.normal(0, 5, rows)
    return pd.DataFrame(
        {
            "sold": pd.date_range("2024-01-01", periods=rows, freq="h").astype(str),
            "area": area,
            "rooms": rooms,
            "city": city,
            "note": note,
            "price": price.round(2),
        }
    )


@pytest.fixture
def make_problem(tmp_path, request):
    """Write the table and return the problem; each test has a name of its own in MLflow."""

    def make(table=None, **settings):
        name = f"p{digest_json(request.node.nodeid)[:12]}"
        return write_problem(tmp_path, name, table, **settings)

    return make


@pytest.fixture
def make_run(store):
    """Plan, candidate and assessment of a run; see `write_run`."""
    return partial(write_run, store)


@pytest.fixture(scope="session")
def registered(mlflow_home, tmp_path_factory):
    """One registered version of linear and LightGBM, for tests that only look at it."""
    from automl_tasks.deliver import register

    folder = tmp_path_factory.mktemp("registered")
    store, problem = open_store(str(folder / "store")), write_problem(folder, "homes")
    with settings(mlflow_home):
        write_run(store, problem, "nightly__1", families=("linear", "lightgbm"), reason="nightly")
        version = register(store, problem.name, "nightly__1")
    return SimpleNamespace(store=store, problem=problem, version=version, rows=make_table())


@pytest.fixture(scope="session")
def pair_template(mlflow_home, tmp_path_factory):
    from automl_tasks.deliver import register

    folder = tmp_path_factory.mktemp("pair")
    store, problem = open_store(str(folder / "store")), write_problem(folder, "flats")
    with settings(mlflow_home):
        for run, noise in (("one", 2), ("two", 0)):
            write_run(store, problem, run, noise=noise)
            register(store, problem.name, run)
    return SimpleNamespace(store=store, problem=problem, home=mlflow_home)


@pytest.fixture(scope="session")
def promoted_templates(pair_template, tmp_path_factory):
    """The pair after version 1 was promoted, and after version 2 was, too."""
    from automl_tasks.deliver import promote

    problem, before, found = pair_template.problem, pair_template, []
    for version in (1, 2):
        home = tmp_path_factory.mktemp("promoted")
        store = copy_state(before, home)
        with settings(home):
            assert promote(problem, store, version=version).verdict == "promote"
        before = SimpleNamespace(store=store, problem=problem, home=home)
        found.append(before)
    return found


@pytest.fixture
def pair(pair_template, tmp_path, monkeypatch):
    """Two registered versions, the second much better; a store and an MLflow of the test's own."""
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path))
    return pair_template.problem, copy_state(pair_template, tmp_path)


@pytest.fixture
def crowned(promoted_templates, tmp_path, monkeypatch):
    """The pair, of which version 1 is champion."""
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path))
    return promoted_templates[0].problem, copy_state(promoted_templates[0], tmp_path)


@pytest.fixture
def replaced(promoted_templates, tmp_path, monkeypatch):
    """The pair, of which version 2 has replaced version 1."""
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path))
    return promoted_templates[1].problem, copy_state(promoted_templates[1], tmp_path)


def copy_state(template, home):
    """Copy a store and its registry, but not the files of the versions; gives the store."""
    shutil.copytree(template.store.root, home / "store")
    (home / "mlflow").mkdir()
    shutil.copy(template.home / "mlflow" / "mlflow.db", home / "mlflow")
    return open_store(str(home / "store"))


def write_problem(folder, name, table=None, **settings):
    path = folder / "data.csv"
    (make_table() if table is None else table).to_csv(path, index=False)
    given = {"name": name, "source": {"path": str(path)}, "target": "price", "time": "sold"}
    return Problem.model_validate(given | settings)


def write_run(
    store,
    problem,
    run,
    *,
    noise=0.0,
    families=("linear",),
    reason="",
    decision=None,
    offset=0.0,
    **plan_settings,
):
    """Plan, candidate and assessment of a run whose labels were `noise` wrong in training."""
    from automl_tasks.assess import assess
    from automl_tasks.ingest import publish, take_snapshot
    from automl_tasks.search import make_plan

    snapshot = take_snapshot(problem, store)
    publish(store, snapshot)
    plan = make_plan(problem, store, snapshot.id, run, reason=reason, **plan_settings)
    with store.new_folder(f"{problem.name}/runs/{run}/candidate") as folder:
        _write_candidate(folder, plan, snapshot.read(), noise, families, decision, offset)
    assess(store, problem.name, run)
    return plan


def _write_candidate(folder, plan, frame, noise, families, decision, offset):
    from automl_tasks.features import TargetCodec
    from automl_tasks.ingest import row_ids
    from automl_tasks.search import Candidate, split_rows
    from automl_tasks.search.conformal import conformal_state

    split = split_rows(plan, frame)
    target = frame[plan.problem.target]
    codec = TargetCodec.from_state(plan.target)
    y = codec.encode(target.iloc[split.develop])
    if noise:
        spread = np.std(y.astype(float)) * noise
        y = y + np.random.default_rng(0).normal(scale=spread, size=len(y))
    rows = frame.iloc[split.develop], frame.iloc[split.holdout]
    total = sum(_fit(folder, plan, family, *rows, y) for family in families) / len(families)
    names = (
        ["prediction"]
        if plan.classes is None
        else [f"probability_{code}" for code in range(len(plan.classes))]
    )
    stored = pd.DataFrame(np.asarray(total).reshape(len(rows[1]), -1) + offset, columns=names)
    stored.insert(0, "target", target.iloc[split.holdout].to_numpy())
    stored.insert(0, "row_id", row_ids(rows[1], plan.problem).to_numpy())
    stored.to_parquet(folder / "holdout.parquet")
    candidate = Candidate.model_validate(
        {
            "run": plan.run,
            "snapshot": plan.snapshot,
            "task": plan.problem.task,
            "metric": plan.problem.metric,
            "target": plan.target,
            "members": [
                {
                    "name": f"{name}-1",
                    "trial": f"{name}-1",
                    "family": name,
                    "weight": 1 / len(families),
                    "iterations": 20,
                    "fold": None,
                    "rows": len(split.develop),
                }
                for name in families
            ],
            "oof_score": 1.0,
            "best_single_score": 1.0,
            "decision": decision,
            "offset": offset,
            "conformal": conformal_state(
                codec.encode(target.iloc[split.holdout]), np.asarray(total) + offset
            ),
            "leaderboard": [],
            "train_rows": len(split.develop),
            "holdout_rows": len(split.holdout),
            "notes": [],
        }
    )
    (folder / "candidate.json").write_text(json.dumps(candidate.model_dump(mode="json")))


def _fit(folder, plan, name, develop, holdout, y):
    from automl_tasks.features import FeaturePipeline
    from automl_tasks.models import FAMILIES

    family, task = FAMILIES[name], plan.problem.task
    pipeline = FeaturePipeline(family.recipe, plan.roles, plan.problem.steps)
    X = pipeline.fit(develop, y).transform(develop)
    fitted = family.fit(
        X,
        y,
        task=task,
        params={**family.portfolio(task, len(y))[0], "iterations": 20},
        classes=len(plan.classes or ()),
        valid=None,
        threads=1,
        seed=0,
        seconds=30,
    )
    member = folder / "members" / f"{name}-1"
    fitted.save(member)
    (member / "pipeline.json").write_text(json.dumps(pipeline.state()))
    return fitted.predict(pipeline.transform(holdout))
