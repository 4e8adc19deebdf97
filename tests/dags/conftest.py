"""DAG files are parsed in a process of their own, as Airflow does; the tests look at the result."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
Parsed = dict[str, Any]
Parse = Callable[..., Parsed]

_PARSE = """
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

begin = time.perf_counter()
bag = DagBag(sys.argv[1])
seconds = time.perf_counter() - begin
# What the scheduler gets.
dags = {name: DagSerialization.to_dict(dag)["dag"] for name, dag in bag.dags.items()}
print("\\0" + json.dumps({
    "errors": bag.import_errors, "dags": dags, "seconds": seconds, "modules": sorted(sys.modules),
    "retries": {name: [
        (rule.exception_path, rule.action.value) for rule in dag.tasks[0].retry_policy.rules
    ] for name, dag in bag.dags.items()},
    "tasks": {name: {
        task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks
    } for name, dag in bag.dags.items()},
}, default=str))
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
def parse(problems: Path, tmp_path_factory: pytest.TempPathFactory) -> Parse:
    def run(**environment: str) -> Parsed:
        done = subprocess.run(
            [sys.executable, "-c", _PARSE, str(REPOSITORY / "dags")],
            env=os.environ
            | {
                "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
                "NIGHTSHIFT_PROBLEMS": str(problems),
                "PYTHONPATH": str(REPOSITORY),
            }
            | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return dict(json.loads(done.stdout.rpartition("\0")[2]))

    return run


@pytest.fixture(scope="session")
def parsed(parse: Parse) -> Parsed:
    """All problem files, parsed once."""
    return parse()
