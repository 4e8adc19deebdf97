"""Start, watch and stop the services of one installation."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from automl_tasks.errors import TerminalError
from automl_tasks.local.environment import USER, mlflow_environment, service_environment
from automl_tasks.local.health import log_tail, wait_until_healthy
from automl_tasks.local.ports import free_port
from automl_tasks.local.processes import is_alive, spawn, stop_processes
from automl_tasks.local.state import (
    Component,
    Services,
    load_secrets,
    running_services,
    write_private,
)
from automl_tasks.settings import SERVICES_FILE, Settings
from automl_tasks.store import digest_json

__all__ = ["start", "status", "stop"]

Say = Callable[[str], None]

AIRFLOW_PORT, MLFLOW_PORT = 8080, 5000
# Tasks and servers share one disk, so logs need no log server (and its two ports).
_PRELOADED = str(Path(__file__).with_name("preloaded.py"))
_AIRFLOW: dict[str, Sequence[str]] = {
    "api-server": ("-m", "airflow", "api-server"),
    "scheduler": ("-P", _PRELOADED, "airflow", "scheduler", "--skip-serve-logs"),
    "dag-processor": ("-m", "airflow", "dag-processor"),
    "triggerer": ("-m", "airflow", "triggerer", "--skip-serve-logs"),
}


def start(
    settings: Settings, *, problems: Sequence[Path] | None = None, say: Say = print
) -> Services:
    """Start Airflow and MLflow, or return what already runs.

    MLflow is not started when ``MLFLOW_TRACKING_URI`` names a server. When anything fails, or the
    caller is interrupted, everything that was started is stopped again.

    Parameters
    ----------
    problems
        Folders of problem files, in place of those of `settings`.
    say
        Receives a line for each thing that a person should know.

    Raises
    ------
    TerminalError
        When a component ends or does not become healthy; quotes the end of its log.
    """
    if problems is not None:
        settings = replace(settings, problem_folders=tuple(problems))
    with _lock(settings.home):
        running = running_services(settings.home)
        if running and all(map(is_alive, running.components)):
            say(f"Already running: Airflow {running.airflow_url}, MLflow {running.mlflow_url}")
            return running
        if running:
            say("Some services had stopped; starting all of them again")
            _stop(settings.home, running)
        return _start(settings, say)


def stop(settings: Settings) -> bool:
    """Stop exactly what `start` started; False when nothing was running."""
    with _lock(settings.home):
        running = running_services(settings.home)
        if running is None:
            return False
        _stop(settings.home, running)
        return True


def status(settings: Settings) -> dict[str, bool]:
    """Whether each started component still runs; empty when nothing was started."""
    running = running_services(settings.home)
    return {each.name: is_alive(each) for each in running.components} if running else {}


def _start(settings: Settings, say: Say) -> Services:
    home, secrets = settings.home, load_secrets(settings.home)
    settings.mlflow_folder.mkdir(parents=True, exist_ok=True)
    own_mlflow = not os.environ.get("MLFLOW_TRACKING_URI")
    airflow_port = _port("Airflow", AIRFLOW_PORT, say)
    mlflow_port = _port("MLflow", MLFLOW_PORT, say) if own_mlflow else 0
    mlflow_url = f"http://127.0.0.1:{mlflow_port}" if own_mlflow else settings.tracking_uri
    environment = mlflow_environment(settings) | service_environment(
        settings, secrets, airflow_port=airflow_port, mlflow_url=mlflow_url
    )
    services = Services(
        airflow_url=f"http://127.0.0.1:{airflow_port}",
        mlflow_url=mlflow_url,
        user=USER,
        password=secrets.password,
        components=(),
    )
    started: list[Component] = []

    def launch(name: str, *arguments: str) -> None:
        command = [sys.executable, *arguments]
        started.append(spawn(name, command, environment, home / "logs"))
        # Saved after each, so that `stop` finds them even if this process is killed now.
        replace(services, components=tuple(started)).save(home)

    try:
        if own_mlflow:
            launch("mlflow", *_mlflow_server(mlflow_port))
        _prepare_airflow(home, secrets.password, environment, say)
        for name, arguments in _AIRFLOW.items():
            launch(name, *arguments)
        services = replace(services, components=tuple(started))
        wait_until_healthy(services)
    except BaseException:
        _stop(home, replace(services, components=tuple(started)))
        raise
    say(f"Airflow {services.airflow_url} (user {USER}, password {secrets.password})")
    say(f"MLflow  {services.mlflow_url}")
    return services


def _stop(home: Path, services: Services) -> None:
    stop_processes(services.components)
    (home / SERVICES_FILE).unlink(missing_ok=True)


def _port(name: str, usual: int, say: Say) -> int:
    port = free_port(usual)
    if port != usual:
        say(f"Port {usual} is taken; {name} uses {port}")
    return port


def _mlflow_server(port: int) -> list[str]:
    # What 'mlflow server' runs, without importing MLflow twice (ten seconds of processor time).
    app = ["-m", "uvicorn", "mlflow.server.fastapi_app:app"]
    return [*app, "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-access-log"]


def _prepare_airflow(home: Path, password: str, environment: Mapping[str, str], say: Say) -> None:
    """Write the login and bring the database to this Airflow's version."""
    folder = home / "airflow"
    write_private(folder / "passwords.json", json.dumps({USER: password}))
    migrated, state = folder / "migrated", _database_state(folder, environment)
    if migrated.exists() and migrated.read_text() == state:
        return
    say("Preparing Airflow's database (first start)")
    log = home / "logs" / "db-migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise TerminalError(
            f"'airflow db migrate' failed:\n{log_tail(log)}",
            where=str(folder),
            remedy=f"The whole output is in {log}",
        )
    migrated.write_text(_database_state(folder, environment))


def _database_state(folder: Path, environment: Mapping[str, str]) -> str:
    """Changes with Airflow's version, with the database, and when its file is gone."""
    url = environment.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    version = importlib.metadata.version("apache-airflow")
    return digest_json([version, url, url is not None or (folder / "airflow.db").exists()])


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".services.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
