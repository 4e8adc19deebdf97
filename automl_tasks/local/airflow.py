"""The parts of Airflow: what they are called, and how they are started together."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from automl_tasks.errors import TerminalError
from automl_tasks.local.health import log_tail
from automl_tasks.local.processes import identify
from automl_tasks.local.state import Component
from automl_tasks.store import digest_json

__all__ = ["start_airflow"]

_LAUNCHER = Path(__file__).with_name("launcher.py")
# Tasks and servers share one disk, so logs need no log server (and its two ports).
_PARTS = {
    "api-server": ["airflow", "api-server"],
    "scheduler": ["airflow", "scheduler", "--skip-serve-logs"],
    "dag-processor": ["airflow", "dag-processor"],
    "triggerer": ["airflow", "triggerer", "--skip-serve-logs"],
}
_SHARED = [
    "airflow.cli.cli_parser",
    "airflow.jobs.scheduler_job_runner",
    "airflow.jobs.dag_processor_job_runner",
    "airflow.jobs.triggerer_job_runner",
    "airflow.executors.local_executor",
]
_LIBRARIES_OF_TASKS = [
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "lightgbm",
    "xgboost",
    "catboost",
    "mlflow.pyfunc",
    "great_expectations",
    "evidently.presets",
]


def start_airflow(
    home: Path,
    environment: Mapping[str, str],
    *,
    started: Callable[[list[Component]], None],
    say: Callable[[str], None],
) -> list[Component]:
    """Start every part; the database is brought to this Airflow's version first where needed.

    Parameters
    ----------
    started
        Told of every process as soon as there is one, so that an interrupt leaves none behind.

    Raises
    ------
    TerminalError
        When the database cannot be prepared; quotes the end of the log.
    """
    logs, marker = home / "logs", home / "airflow" / "migrated"
    migrate = not _is_migrated(marker, environment)
    if migrate:
        say("Preparing Airflow's database (first start)")
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / "launcher.log"
    with log.open("wb") as errors:
        launcher = subprocess.Popen(
            [sys.executable, "-P", str(_LAUNCHER), json.dumps(_plan(logs, migrate=migrate))],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    with launcher:
        started([identify("launcher", launcher.pid, log)])
        answer = launcher.stdout.readline() if launcher.stdout else b""
        if not answer:
            raise _failure(logs / "db-migrate.log" if migrate else log)
        components = [
            identify(name, pid, logs / f"{name}.log")
            for name, pid in zip(_PARTS, json.loads(answer), strict=True)
        ]
        started(components)
    marker.write_text(_database_state(marker.parent, environment))
    return components


def _plan(logs: Path, *, migrate: bool) -> dict[str, Any]:
    def command(name: str, arguments: list[str]) -> dict[str, Any]:
        libraries = _LIBRARIES_OF_TASKS if name == "scheduler" else []
        log = str(logs / f"{name}.log")
        return {"arguments": arguments, "log": log, "libraries": libraries}

    return {
        "shared": _SHARED,
        "before": command("db-migrate", ["airflow", "db", "migrate"]) if migrate else None,
        "commands": [command(name, arguments) for name, arguments in _PARTS.items()],
    }


def _is_migrated(marker: Path, environment: Mapping[str, str]) -> bool:
    state = _database_state(marker.parent, environment)
    return marker.exists() and marker.read_text() == state


def _database_state(folder: Path, environment: Mapping[str, str]) -> str:
    """Changes with Airflow's version, with the database, and when its file is gone."""
    url = environment.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    version = importlib.metadata.version("apache-airflow")
    return digest_json([version, url, url is not None or (folder / "airflow.db").exists()])


def _failure(log: Path) -> TerminalError:
    return TerminalError(
        f"Airflow could not be started:\n{log_tail(log)}",
        where="services",
        remedy=f"The whole log is {log}",
    )
