import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from automl_tasks.errors import SearchError
from automl_tasks.search.crew import Crew
from automl_tasks.search.process import child_environment
from automl_tasks.search.worker import opening_request

# What is forked in the other tests is here the real thing.
pytestmark = pytest.mark.usefixtures("cold_children")


@pytest.fixture(scope="module")
def plan(lasting_shop):
    return lasting_shop.planned()


@pytest.fixture(scope="module")
def crew(lasting_shop, plan):
    """One child for all tests of this file; those that kill it leave the next to its request."""
    patch = pytest.MonkeyPatch()
    for name in ("AWS_SECRET_ACCESS_KEY", "AIRFLOW__CORE__FERNET_KEY", "MLFLOW_TRACKING_PASSWORD"):
        patch.setenv(name, "s3cret")
    with Crew(1, threads=1, memory_gb=4.0, log=lasting_shop.folder / "child.log") as made:
        made.open(opening_request(lasting_shop.store, "shop", plan.run))
        yield made
    patch.undo()


@pytest.fixture
def ask(crew, plan):
    """Fit the first configuration's first fold; gives how that ended."""

    def asked(limit=120, **changes):
        configuration = plan.configurations[0].model_dump() | changes
        request = {"do": "fold", "configuration": configuration, "fold": 0, "seconds": 30}
        crew.begin("job", request, limit=limit)
        (done,) = crew.wait()
        assert done.job == "job"
        return done

    return asked


@pytest.fixture
def opened(crew, ask):
    """The process' id."""
    assert ask().failure is None
    return crew._lanes[0].process._child.pid


def lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_no_secret_of_the_parent_gets_into_the_child(opened):
    environment = psutil.Process(opened).environ()
    assert "s3cret" not in str(environment)
    assert environment["OMP_NUM_THREADS"] == "1"
    assert "PATH" in environment


def test_one_process_answers_many_requests_and_an_error_costs_its_own_only(crew, ask, opened):
    wrong = ask(id="x", family="magic")
    assert wrong.failure.status == "failed"
    assert "KeyError" in wrong.failure.reason
    assert ask().result["status"] == "ok"
    assert crew._lanes[0].process._child.pid == opened


def test_a_process_above_its_memory_is_killed(crew, ask, opened, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(crew._lanes[0].process, "_memory", 1e6)
        failure = ask().failure
    assert failure.status == "memory"
    assert "of 0.00 GB" in failure.reason
    assert not lives(opened)


def test_a_hanging_process_is_killed_at_the_limit_and_the_next_one_works(ask, opened):
    os.kill(opened, signal.SIGSTOP)
    failure = ask(limit=0.3).failure
    assert failure.status == "timeout"
    assert "stopped after 0.3 s" in failure.reason
    assert not lives(opened)
    assert ask().result["status"] == "ok"


def test_a_crash_is_told_by_its_signal(ask, opened):
    os.kill(opened, signal.SIGSTOP)  # so that it cannot answer before it dies
    threading.Timer(0.2, os.kill, (opened, signal.SIGKILL)).start()
    failure = ask().failure
    assert failure.status == "failed"
    assert "died (signal SIGKILL)" in failure.reason


def test_a_table_that_cannot_be_loaded_in_the_memory_allowed_is_an_error(lasting_shop, plan):
    log = lasting_shop.folder / "child.log"
    with (
        Crew(1, threads=1, memory_gb=0.02, log=log) as crew,
        pytest.raises(SearchError, match=r"0.02 GB.*memory_gb"),
    ):
        crew.open(opening_request(lasting_shop.store, "shop", plan.run))


def test_two_processes_work_beside_each_other(lasting_shop, plan):
    configuration = plan.configurations[1].model_dump()
    with Crew(2, threads=1, memory_gb=4.0, log=lasting_shop.folder / "child.log") as crew:
        crew.open(opening_request(lasting_shop.store, "shop", plan.run))
        for fold in (0, 1):
            request = {"do": "fold", "configuration": configuration, "fold": fold, "seconds": 30}
            crew.begin(fold, request, limit=120)
        assert not crew.idle
        assert crew.busy == [0, 1]
        ended = []
        while crew.busy:
            ended += [done.job for done in crew.wait() if done.failure is None]
    assert sorted(ended) == [0, 1]


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
