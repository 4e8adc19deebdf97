"""Twenty processes promote at once, then ten of them roll back at once.

As a script this is the crowd: it forks after the imports, free of the threads of other tests.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from automl_tasks.deliver import history, load_champion, promote, rollback
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.versions import find_version
from automl_tasks.problem import Problem
from automl_tasks.store import Store, open_store

PROCESSES, ROLLBACKS = 20, 10
LOCK = Store.lock


@pytest.mark.slow
def test_twenty_processes_leave_one_champion_and_a_history_without_gaps(pair, tmp_path):
    problem, store = pair
    root = Path(__file__).parents[2]
    # No connection to the database may be open while the crowd is forked.
    environment = {"PYTHONPATH": str(root), "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool"}
    done = subprocess.run(
        [sys.executable, __file__, problem.model_dump_json(), str(store.root)],
        check=False,
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    with registry() as client:
        now = find_version(client, problem.name, "champion").version
        before = find_version(client, problem.name, "previous_champion").version
    changes = [each for each in history(store, problem.name) if each.verdict == "promote"]
    assert all(each.applied for each in changes)
    # The first champion and its successor, then each rollback undid the one before it.
    assert [each.version for each in changes] == [2, 1] * (1 + ROLLBACKS // 2)
    assert [each.champion_before for each in changes] == [1, 2] * (ROLLBACKS // 2) + [1, None]
    assert (now, before) == (2, 1)
    assert load_champion(problem.name).uri == f"models:/{problem.name}@champion"


def crowd(problem, store):
    promote(problem, store, version=1)
    barriers = [multiprocessing.Barrier(parties) for parties in (PROCESSES, ROLLBACKS)]
    children = [_fork(problem, store, number, *barriers) for number in range(PROCESSES)]
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


def _meet_at_lock(barrier):
    """Nobody goes through it before all have come."""

    def locked(self, key, **given):
        if key.endswith("/promotion"):
            barrier.wait(120)
        return LOCK(self, key, **given)

    Store.lock = locked


def _fork(problem, store, number, all_promote, some_roll_back):
    child = os.fork()
    if child:
        return child
    try:
        _meet_at_lock(all_promote)
        promote(problem, store, version=1 + number % 2)
        if number < ROLLBACKS:
            _meet_at_lock(some_roll_back)
            rollback(problem, store)
    except BaseException:
        traceback.print_exc()
        for barrier in (all_promote, some_roll_back):
            barrier.abort()  # the others would wait for this one
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(crowd(Problem.model_validate(json.loads(sys.argv[1])), open_store(sys.argv[2])))
