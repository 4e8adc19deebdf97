"""Real processes that race and are killed: decisions and predictions are whole, and made once."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys

import pandas as pd
import pytest

from automl_tasks.errors import DataError
from automl_tasks.monitor import check, history, score_new_rows
from automl_tasks.monitor.ledger import find_decision
from automl_tasks.store.alerts import list_alerts

from .conftest import rows

# Imports once, then reads a line of jobs: one forked process each, which begin at the same moment.
FORKER = """
import json, multiprocessing, os, signal, sys, warnings

warnings.simplefilter("ignore")
import mlflow.pyfunc, mlflow.store.model_registry.sqlalchemy_store
import mlflow.store.tracking.sqlalchemy_store, scipy.stats, sklearn.metrics
import automl_tasks.features, automl_tasks.search.metrics
from automl_tasks.deliver import champion
from automl_tasks.monitor import check, score_new_rows
from automl_tasks.problem import Problem
from automl_tasks.store import Store, open_store


def die_at(part, when):
    write = Store.write_bytes

    def fatal(self, key, content):
        if f"/{part}/" not in f"/{key}":
            return write(self, key, content)
        if when == "half-way":
            os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        if when != "before":
            write(self, key, content)
        os.kill(os.getpid(), signal.SIGKILL)

    Store.write_bytes = fatal


def meet_at_lock(barrier):
    # Nobody decides before all have measured.
    lock = Store.lock

    def locked(self, key, **given):
        if "/decisions" in key:
            barrier.wait(120)
        return lock(self, key, **given)

    Store.lock = locked


def work(root, job, barrier):
    if "die" in job:
        die_at(*job["die"])
    if "meet" in job:
        meet_at_lock(barrier)
    store, problem = open_store(root), Problem.model_validate(job["problem"])
    result = {"check": check, "score": score_new_rows}[job["do"]](problem, store)
    with open(job["out"], "w") as file:
        file.write(result.model_dump_json())


def fork(root, job, go, barrier):
    child = os.fork()
    if child:
        return child
    try:
        os.close(go[1])
        os.read(go[0], 1)
        work(root, job, barrier)
    finally:
        os._exit(0)


for line in sys.stdin:
    root, jobs = json.loads(line)
    champion("nobody")  # the registry's tables are looked at once, not by each process
    go, barrier = os.pipe(), multiprocessing.Barrier(len(jobs))
    children = [fork(root, job, go, barrier) for job in jobs]
    os.close(go[1])
    print("ends", json.dumps([os.waitpid(child, 0)[1] for child in children]), flush=True)
    os.close(go[0])
"""
KILLED = signal.SIGKILL


@pytest.fixture(scope="module")
def forker(home):
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    # No connection to the database may be open while processes are forked.
    environment |= {"NIGHTSHIFT_HOME": str(home), "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool"}
    with subprocess.Popen(
        [sys.executable, "-c", FORKER],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def race(world, tmp_path, forker):
    """Run jobs at the same time; answers what each gave, or the signal that ended it."""
    turns = itertools.count()

    def run(*jobs):
        said = [tmp_path / f"said-{next(turns)}.json" for _ in jobs]
        told = [each | {"out": str(out)} for each, out in zip(jobs, said, strict=True)]
        forker.stdin.write(json.dumps([str(world.store.root), told]) + "\n")
        forker.stdin.flush()
        ends = next(json.loads(line[5:]) for line in forker.stdout if line.startswith("ends "))
        return [
            json.loads(out.read_text()) if out.exists() else end
            for out, end in zip(said, ends, strict=True)
        ]

    return run


def job(do, problem, *die):
    given = {"do": do, "problem": problem.model_dump(mode="json", exclude_defaults=True)}
    return given | ({"die": die} if die else {})


def stored(world, folder):
    """Content of every file of the problem below a folder."""
    place = world.store.path(f"{world.problem.name}/{folder}")
    return {path.name: path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_twenty_deciders_at_once_start_one_search(world, race):
    world.arrive(rows(200, slope=6.0, seed=1))
    score_new_rows(world.problem, world.store)
    # Alerts of four policies are different decisions about the same rows.
    policies = [world.having(tolerance=tolerance) for tolerance in (0.1, 0.15, 0.2, 0.25)]
    meeting = [job("check", policies[number % 4]) | {"meet": True} for number in range(20)]
    said = race(*meeting)
    assert len({decision["id"] for decision in said}) == 4
    assert len({json.dumps(decision) for decision in said}) == 4
    assert {decision["status"] for decision in said} == {"degraded"}
    decided = history(world.store, world.problem.name)
    (started,) = (each for each in decided if each.retrain)
    assert len(decided) == 4
    assert [each.run_id for each in decided if each.run_id] == [started.run_id]
    assert all(started.run_id in each.sentence for each in decided if not each.retrain)
    # A reply that was lost: whoever asks again is told the same run.
    again = check(
        next(each for each in policies if each.monitor == started.thresholds), world.store
    )
    assert (again.retrain, again.run_id) == (True, started.run_id)


def test_a_decider_that_is_killed_leaves_a_whole_decision_or_none(world, race):
    name = world.problem.name
    world.arrive(rows(200, slope=6.0, seed=1))
    score_new_rows(world.problem, world.store)
    for when in ("before", "half-way"):
        assert race(job("check", world.problem, "decisions", when)) == [KILLED]
        assert world.store.list(f"{name}/decisions") == []
    assert race(job("check", world.problem, "decisions", "after")) == [KILLED]
    left = stored(world, "decisions")
    (decided,) = history(world.store, name)
    assert decided.retrain
    assert list_alerts(world.store, name) == []
    assert race(job("check", world.problem)) == [decided.model_dump(mode="json")]
    assert stored(world, "decisions") == left
    assert [each.key for each in list_alerts(world.store, name)] == [f"decision-{decided.id}"]
    # What a decider found that nobody killed.
    world.store.delete(f"{name}/decisions")
    fresh = check(world.problem, world.store)
    assert fresh.model_copy(update={"created_at": decided.created_at}) == decided


def test_scoring_that_is_killed_repeated_or_raced_logs_each_row_once(world, race):
    arrived = rows(60, seed=1)
    world.arrive(arrived)
    for when in ("before", "half-way"):
        assert race(job("score", world.problem, "predictions", when)) == [KILLED]
        assert stored(world, "predictions") == {}
    killed, other = race(
        job("score", world.problem, "predictions", "after"), job("score", world.problem)
    )
    left = stored(world, "predictions")
    assert len(left) == 1
    # Whoever came second found nothing to do.
    assert (killed == KILLED, other["rows"]) in {(True, 0), (False, 60)}
    assert [each["rows"] for each in race(*[job("score", world.problem)] * 3)] == [0, 0, 0]
    assert stored(world, "predictions") == left
    (key,) = world.store.list(f"{world.problem.name}/predictions")
    log = pd.read_parquet(world.store.path(f"{world.problem.name}/predictions/{key}"))
    assert log["row_id"].is_unique
    assert log["prediction"].to_numpy() == pytest.approx(3 * arrived["x"].to_numpy())


def test_logs_alerts_and_decisions_hold_no_cell(world, caplog):
    caplog.set_level("DEBUG")
    arrived = rows(300, slope=6.0, seed=1).assign(kind="kept-secret")
    arrived.loc[:4, "kind"] = "rare-secret"
    world.arrive(arrived)
    score_new_rows(world.problem, world.store)
    decision = check(world.problem, world.store)
    alerts = [each.model_dump() for each in list_alerts(world.store, world.problem.name)]
    assert alerts
    said = decision.model_dump_json() + json.dumps(alerts) + caplog.text
    assert "rare-secret" not in said
    cells = {repr(value) for value in [*arrived["x"], *arrived["y"]]} | set(arrived["time"])
    whole = set(re.findall(r"-?\d+\.\d+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", said))
    # A window is named by its first and last time.
    assert whole & cells <= {arrived["time"].iloc[0], arrived["time"].iloc[-1]}


def test_a_decision_is_found_by_the_first_digits_of_its_id(world):
    idle = check(world.problem, world.store)
    assert find_decision(world.store, world.problem.name, idle.id[:5]) == idle
    assert find_decision(world.store, world.problem.name, "latest") == idle
    with pytest.raises(DataError, match="no decision 'x'"):
        find_decision(world.store, world.problem.name, "x")
