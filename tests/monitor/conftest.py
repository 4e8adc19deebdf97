"""A problem whose champion is known exactly: it says 3 * x, so a test chooses how wrong it is."""

import os
import warnings

import numpy as np
import pandas as pd
import pytest

from automl_tasks.assess import Assessment
from automl_tasks.deliver import registry
from automl_tasks.ingest import publish, row_ids, take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.search import Candidate, make_plan, split_rows
from automl_tasks.store import digest_json, open_store

MODEL = """
from pathlib import Path

import numpy as np
import pandas as pd


class Known:
    def __init__(self, task, slope):
        self.task, self.slope = task, float(slope)

    def predict(self, rows):
        score = self.slope * rows["x"]
        if self.task == "regression":
            return pd.DataFrame({"prediction": score})
        yes = 1 / (1 + np.exp(-score))
        said = np.where(yes > 0.5, "yes", "no")
        return pd.DataFrame({"prediction": said, "probability_no": 1 - yes, "probability_yes": yes})


def _load_pyfunc(path):
    return Known(*Path(path).read_text().split())
"""


def rows(count, *, start="2012-01-01", slope=3.0, shift=0.0, seed=0):
    """Hourly rows with y = slope * x + noise; `shift` moves x."""
    rng = np.random.default_rng(seed)
    x = rng.normal(loc=shift, size=count)
    return pd.DataFrame(
        {
            "time": pd.date_range(start, periods=count, freq="h").astype(str),
            "x": x.round(6),
            "kind": rng.choice(["a", "b"], count),
            "y": (slope * x + rng.normal(size=count)).round(6),
        }
    )


def labels_of(frame):
    """The same rows as a binary problem."""
    return frame.assign(y=np.where(frame["y"] > 0, "yes", "no"))


class World:
    """A problem, its store and the batches that arrive."""

    def __init__(self, folder, name, **settings):
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.store = open_store(str(folder / "store"))
        given = {"name": name, "source": {"path": str(self.inbox)}, "target": "y", "time": "time"}
        # Training quick models takes seconds a check, which few tests are about.
        given["monitor"] = {"payoff": None}
        self.problem = Problem.model_validate(given | settings)
        self._folder, self._arrived = folder, 0

    def having(self, **settings):
        """The problem with other settings of its monitor."""
        policy = self.problem.monitor.model_copy(update=settings)
        return self.problem.model_copy(update={"monitor": policy})

    def arrive(self, frame):
        """Let a batch arrive; returns the id of the published snapshot."""
        frame.to_csv(self.inbox / f"{self._arrived:03d}.csv", index=False)
        self._arrived += 1
        snapshot = take_snapshot(self.problem, self.store)
        publish(self.store, snapshot)
        return snapshot.id

    def crown(self, snapshot, run="nightly__1", slope=3):
        """Register the known model as champion, with the plan and holdout of its run."""
        plan = make_plan(self.problem, self.store, snapshot, run)
        self._write_holdout(plan)
        return _register(self._folder, plan, slope)

    def _write_holdout(self, plan):
        from automl_tasks.ingest import load_snapshot

        frame = load_snapshot(self.store, plan.problem.name, plan.snapshot).read()
        held = frame.iloc[split_rows(plan, frame).holdout]
        score = 3 * held["x"]
        yes = 1 / (1 + np.exp(-score))
        said = {"prediction": score}
        if plan.classes is not None:
            said = {"probability_0": 1 - yes, "probability_1": yes}
        ids = {"row_id": row_ids(held, plan.problem), "target": held["y"]}
        with self.store.new_folder(f"{plan.problem.name}/runs/{plan.run}/candidate") as folder:
            pd.DataFrame(ids | said).reset_index(drop=True).to_parquet(folder / "holdout.parquet")
            (folder / "candidate.json").write_text(candidate_of(plan).model_dump_json())
        key = f"{plan.problem.name}/runs/{plan.run}/assessment.json"
        self.store.write_json(key, assessment_of(plan).model_dump(mode="json"))


def assessment_of(plan):
    """What a rollback asks for: that the run was assessed."""
    numbers = {"gain": 0.5, "latency_ms_per_row": 0.1, "latency_ms_single": 1.0, "size_mb": 0.1}
    return Assessment(
        run=plan.run,
        task=plan.task,
        metric=plan.metric,
        metrics={},
        groups={},
        train_rows=plan.develop_rows,
        holdout_rows=plan.holdout_rows,
        reason="",
        notes=[],
        **numbers,
    )


def candidate_of(plan):
    """Of a search that found the known model; its labels are the most probable ones."""
    return Candidate(
        run=plan.run,
        snapshot=plan.snapshot,
        task=plan.task,
        metric=plan.metric,
        target=plan.target,
        members=[],
        oof_score=1.0,
        best_single_score=1.0,
        leaderboard=[],
        train_rows=plan.develop_rows,
        holdout_rows=plan.holdout_rows,
        notes=[],
    )


def _register(folder, plan, slope):
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    code, task = folder / "known_model.py", folder / "task.txt"
    code.write_text(MODEL)
    task.write_text(f"{plan.task} {slope}")
    name = plan.problem.name
    with registry() as client, warnings.catch_warnings():
        # MLflow warns when it is imported and when it logs; what is under test only loads.
        warnings.simplefilter("ignore")
        import mlflow

        found = client.get_experiment_by_name("known")
        mlflow.set_experiment(experiment_id=found.experiment_id if found else _experiment(client))
        with mlflow.start_run():
            info = mlflow.pyfunc.log_model(
                name="known",
                loader_module="known_model",
                code_paths=[str(code)],
                data_path=str(task),
                signature=ModelSignature(Schema([ColSpec("double", "x")])),
                pip_requirements=[],
            )
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        tags = {"nightshift.run": plan.run, "nightshift.snapshot": plan.snapshot}
        version = client.create_model_version(name, info.model_uri, tags=tags)
        client.set_registered_model_alias(name, "champion", version.version)
    return int(version.version)


def _experiment(client):
    location = f"file://{os.environ['NIGHTSHIFT_HOME']}/artifacts"
    return client.create_experiment("known", artifact_location=location)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """One MLflow database for all tests: making one takes seconds."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def make_world(tmp_path, home, request, monkeypatch):
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name in ("REQUEST_MAX_RETRIES", "REQUEST_TIMEOUT"):
        monkeypatch.setenv(f"MLFLOW_HTTP_{name}", "2")

    def make(**settings):
        return World(tmp_path, f"m{digest_json(request.node.nodeid)[:12]}", **settings)

    return make


@pytest.fixture
def world(make_world):
    """A champion trained on 1,000 rows, and nothing else yet."""
    world = make_world()
    world.crown(world.arrive(rows(1000, start="2011-01-01")))
    return world
