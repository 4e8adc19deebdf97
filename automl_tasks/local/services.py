"""Start, watch and stop the services of one installation."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from automl_tasks.local.airflow import start_airflow
from automl_tasks.local.environment import USER, mlflow_environment, service_environment
from automl_tasks.local.health import wait_until_healthy
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

__all__ = ["addresses", "start", "status", "stop"]

Say = Callable[[str], None]

AIRFLOW_PORT, MLFLOW_PORT = 8080, 5000


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
            say("Already running")
            _say_addresses(running, say)
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


def addresses(services: Services) -> list[str]:
    """Lines that say where a person finds the services, and how to log in."""
    return [
        f"Airflow {services.airflow_url} (user {services.user}, password {services.password})",
        f"MLflow  {services.mlflow_url}",
    ]


def _start(settings: Settings, say: Say) -> Services:
    home, secrets = settings.home, load_secrets(settings.home)
    own_mlflow = not os.environ.get("MLFLOW_TRACKING_URI")
    airflow_port = _port("Airflow", AIRFLOW_PORT, say)
    mlflow_port = _port("MLflow", MLFLOW_PORT, say) if own_mlflow else 0
    mlflow_url = f"http://127.0.0.1:{mlflow_port}" if own_mlflow else settings.tracking_uri
    environment = service_environment(
        settings, secrets, airflow_port=airflow_port, mlflow_url=mlflow_url
    )
    services = Services(
        airflow_url=f"http://127.0.0.1:{airflow_port}",
        mlflow_url=mlflow_url,
        user=USER,
        password=secrets.password,
        components=(),
    )
    begun: list[Component] = []

    def note(components: list[Component]) -> None:
        begun.extend(components)
        # Saved at once, so that `stop` finds them even if this process is killed now.
        replace(services, components=tuple(begun)).save(home)

    try:
        mlflow = _start_mlflow(settings, environment, mlflow_port) if own_mlflow else []
        note(mlflow)
        write_private(home / "airflow" / "passwords.json", json.dumps({USER: secrets.password}))
        airflow = start_airflow(home, environment, started=note, say=say)
        services = replace(services, components=(*mlflow, *airflow))
        services.save(home)
        wait_until_healthy(services)
    except BaseException:
        _stop(home, replace(services, components=tuple(begun)))
        raise
    _say_addresses(services, say)
    return services


def _say_addresses(services: Services, say: Say) -> None:
    for line in addresses(services):
        say(line)


def _stop(home: Path, services: Services) -> None:
    stop_processes(services.components)
    (home / SERVICES_FILE).unlink(missing_ok=True)


def _port(name: str, usual: int, say: Say) -> int:
    port = free_port(usual)
    if port != usual:
        say(f"Port {usual} is taken; {name} uses {port}")
    return port


def _start_mlflow(settings: Settings, environment: Mapping[str, str], port: int) -> list[Component]:
    settings.mlflow_folder.mkdir(parents=True, exist_ok=True)
    # What 'mlflow server' runs, without importing MLflow twice (ten seconds of processor time).
    server = [sys.executable, "-P", "-m", "uvicorn", "mlflow.server.fastapi_app:app"]
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-access-log"]
    environment = {**environment, **mlflow_environment(settings)}
    return [spawn("mlflow", [*server, *options], environment, settings.home / "logs")]


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".services.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
