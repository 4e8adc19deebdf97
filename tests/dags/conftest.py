"""DAG files are parsed in processes of their own, which Airflow's imports are shared with.

Airflow's processor does the same; the tests look at the results.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
Parsed = dict[str, Any]

_PARSE = """
import json, os, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

def parse(folder):
    bag = DagBag(folder)
    # What the scheduler gets.
    dags = {name: DagSerialization.to_dict(dag)["dag"] for name, dag in bag.dags.items()}
    return {
        "errors": bag.import_errors, "dags": dags, "modules": sorted(sys.modules),
        "retries": {name: [
            (rule.exception_path, rule.action.value) for rule in dag.tasks[0].retry_policy.rules
        ] for name, dag in bag.dags.items()},
        "tasks": {name: {
            task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks
        } for name, dag in bag.dags.items()},
    }

for environment in json.loads(sys.argv[2]):
    child = os.fork()
    if not child:
        os.environ.update(environment)
        print("\\0" + json.dumps(parse(sys.argv[1]), default=str), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


PROBLEMS: dict[str, dict[str, Any]] = {
    "demand": {"owner": "ann", "description": "How many tomorrow?", "schedule": "30 1 * * *"},
    "asks": {"promotion": "approval", "budget": {"workers": 3}, "schedule": None},
    "loud": {"notify": {"email": ["ann@example.org"]}},
    "wrong": {"taget": "x"},
}


@pytest.fixture(scope="session")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound and unsound problem files."""
    folder = tmp_path_factory.mktemp("problem files")
    for name, keys in PROBLEMS.items():
        content = {"name": name, "source": "data.csv", "target": "y"} | keys
        (folder / f"{name}.yaml").write_text(json.dumps(content))
    (folder / "torn.yaml").write_text("name: torn\nsource: [")
    return folder


@pytest.fixture(scope="session")
def parsings(problems: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Parsed]:
    """What the DAG processor finds, and what a task of one DAG does."""
    contexts = [{}, {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": "demand.search"}]
    done = subprocess.run(
        [sys.executable, "-c", _PARSE, str(REPOSITORY / "dags"), json.dumps(contexts)],
        env=os.environ
        | {
            "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "NIGHTSHIFT_PROBLEMS": str(problems),
            "PYTHONPATH": str(REPOSITORY),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line[1:] for line in done.stdout.splitlines() if line.startswith("\0")]
    assert (done.returncode, len(said)) == (0, len(contexts)), done.stderr[-3000:]
    return [json.loads(line) for line in said]


@pytest.fixture(scope="session")
def parsed(parsings: list[Parsed]) -> Parsed:
    """All problem files."""
    return parsings[0]


@pytest.fixture(scope="session")
def parsed_by_a_task(parsings: list[Parsed]) -> Parsed:
    """The same folder, as a task of ``demand.search`` reads it."""
    return parsings[1]
