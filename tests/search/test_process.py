import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from automl_tasks.errors import SearchError
from automl_tasks.search.process import ChildFailure, ModelProcess, child_environment
from automl_tasks.search.worker import opening_request


@pytest.fixture(scope="module")
def plan(lasting_shop):
    return lasting_shop.planned()


@pytest.fixture(scope="module")
def child(lasting_shop, plan):
    """One process for all tests of this file; those that kill it leave the next one to `open`."""
    patch = pytest.MonkeyPatch()
    for name in ("AWS_SECRET_ACCESS_KEY", "AIRFLOW__CORE__FERNET_KEY", "MLFLOW_TRACKING_PASSWORD"):
        patch.setenv(name, "s3cret")
    made = ModelProcess(
        opening_request(lasting_shop.store, "shop", plan.run),
        threads=1,
        memory_gb=4.0,
        log=lasting_shop.folder / "child.log",
    )
    yield made
    made.kill()
    patch.undo()


@pytest.fixture
def opened(child):
    """The process' id."""
    child.open(limit=120)
    return child._child.pid


@pytest.fixture
def request_trial(plan):
    return {"do": "trial", "configuration": plan.configurations[0].model_dump(), "seconds": 30}


def lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_no_secret_of_the_parent_gets_into_the_child(child, opened):
    environment = psutil.Process(opened).environ()
    assert "s3cret" not in str(environment)
    assert environment["OMP_NUM_THREADS"] == "1"
    assert "PATH" in environment


def test_one_process_answers_many_requests_and_an_error_costs_its_own_only(
    child, opened, request_trial
):
    assert child.ask(request_trial, limit=120)["status"] == "ok"
    wrong = {**request_trial, "configuration": {"id": "x", "family": "magic", "params": {}}}
    wrong["configuration"]["folds"] = 5
    with pytest.raises(ChildFailure, match="KeyError") as caught:
        child.ask(wrong, limit=120)
    assert caught.value.status == "failed"
    child.open(limit=120)
    assert child.ask(request_trial, limit=120)["status"] == "ok"
    assert child._child.pid == opened


def test_a_process_above_its_memory_is_killed(child, opened, request_trial, monkeypatch):
    monkeypatch.setattr(child, "_memory", 1e6)
    with pytest.raises(ChildFailure, match=r"of 0.00 GB") as caught:
        child.ask(request_trial, limit=60)
    assert caught.value.status == "memory"
    assert not lives(opened)


def test_a_hanging_process_is_killed_at_the_limit_and_the_next_one_works(
    child, opened, request_trial
):
    os.kill(opened, signal.SIGSTOP)
    with pytest.raises(ChildFailure, match=r"stopped after 0\.3 s") as caught:
        child.ask(request_trial, limit=0.3)
    assert caught.value.status == "timeout"
    assert not lives(opened)
    child.open(limit=120)
    assert child.ask(request_trial, limit=120)["status"] == "ok"


def test_a_crash_is_told_by_its_signal(child, opened, request_trial):
    os.kill(opened, signal.SIGSTOP)  # so that it cannot answer before it dies
    threading.Timer(0.2, os.kill, (opened, signal.SIGKILL)).start()
    with pytest.raises(ChildFailure, match=r"died \(signal SIGKILL\)") as caught:
        child.ask(request_trial, limit=60)
    assert caught.value.status == "failed"


def test_a_table_that_cannot_be_loaded_in_the_memory_allowed_is_an_error(lasting_shop, plan):
    child = ModelProcess(
        opening_request(lasting_shop.store, "shop", plan.run),
        threads=1,
        memory_gb=0.02,
        log=lasting_shop.folder / "child.log",
    )
    with pytest.raises(SearchError, match=r"0.02 GB.*memory_gb"):
        child.open(limit=120)


def test_the_child_dies_with_a_parent_that_is_killed(tmp_path):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, os, time\n"
            "child = subprocess.Popen([sys.executable, '-m', 'automl_tasks.search.child',"
            " str(os.getpid())], stdin=subprocess.PIPE, start_new_session=True)\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        env=child_environment(1),
        text=True,
    )
    pid = int(parent.stdout.readline())
    assert lives(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 60
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not lives(pid)
