"""Twenty processes promote and roll back at once.

As a script this is the crowd: it forks after the imports, free of the threads of other tests.
"""

import json
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
from automl_tasks.store import open_store

PROCESSES = 20


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
    assert len(changes) > 3
    assert all(each.applied for each in changes)
    # From the first to the last, each change began with what the one before it had left.
    found = [None]
    for each in reversed(changes):
        assert each.champion_before == found[-1]
        found.append(each.version)
    assert (now, before) == (found[-1], found[-2])
    assert load_champion(problem.name).uri == f"models:/{problem.name}@champion"


def crowd(problem, store):
    promote(problem, store, version=1)
    children = [_fork(problem, store, number) for number in range(PROCESSES)]
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


def _fork(problem, store, number):
    child = os.fork()
    if child:
        return child
    try:
        if number % 5 == 4:
            rollback(problem, store, to=1 + number // 5 % 2)
        else:
            promote(problem, store, version=1 + number % 2)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(crowd(Problem.model_validate(json.loads(sys.argv[1])), open_store(sys.argv[2])))
