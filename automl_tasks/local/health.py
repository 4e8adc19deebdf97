"""Wait until the services answer, or say which one does not and why."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import httpx

from automl_tasks.errors import TerminalError
from automl_tasks.local.processes import is_alive
from automl_tasks.local.state import Component, Services

__all__ = ["log_tail", "wait_until_healthy"]

# Asks the database, which the first request makes; /health does not.
_MLFLOW_READY = "/api/2.0/mlflow/experiments/get?experiment_id=0"
_AIRFLOW_PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def wait_until_healthy(services: Services, *, timeout: float = 300, pause: float = 0.3) -> None:
    """Return when every service answers and reports a heartbeat.

    Parameters
    ----------
    timeout, pause
        Seconds in all, and between two looks.

    Raises
    ------
    TerminalError
        When a component has ended, or `timeout` has passed; quotes the end of its log.
    """
    deadline = time.monotonic() + timeout
    # One client: making one loads every certificate. No proxy leads to this machine itself.
    with httpx.Client(timeout=5, trust_env=False) as http:
        while waiting := _waiting_for(services, http):
            for component in services.components:
                if not is_alive(component):
                    raise _failure(component, "stopped while starting")
            if time.monotonic() > deadline:
                component = _named(services, waiting[0])
                raise _failure(component, f"is not ready after {timeout:.0f} s")
            time.sleep(pause)


def log_tail(log: Path, lines: int = 15) -> str:
    """Last lines of a log file."""
    try:
        with log.open(errors="replace") as file:
            return "".join(deque(file, lines)).rstrip()
    except OSError as error:
        return f"({log} cannot be read: {error.strerror})"


def _waiting_for(services: Services, http: httpx.Client) -> list[str]:
    """Names of the components that are not ready yet."""
    names = {each.name for each in services.components}
    waiting = []
    if "mlflow" in names and _answer(http, services.mlflow_url + _MLFLOW_READY) is None:
        waiting.append("mlflow")
    answer = _answer(http, f"{services.airflow_url}/api/v2/monitor/health")
    if answer is None:
        return [*waiting, "api-server"]
    health = answer.json()
    for part in _AIRFLOW_PARTS:
        if (health.get(part) or {}).get("status") != "healthy":
            waiting.append("api-server" if part == "metadatabase" else part.replace("_", "-"))
    return waiting


def _answer(http: httpx.Client, url: str) -> httpx.Response | None:
    try:
        answer = http.get(url)
    except httpx.TransportError:
        return None
    return answer if answer.is_success else None


def _named(services: Services, name: str) -> Component:
    return next(each for each in services.components if each.name == name)


def _failure(component: Component, what: str) -> TerminalError:
    log = Path(component.log)
    return TerminalError(
        f"{component.name} {what}:\n{log_tail(log)}",
        where="services",
        remedy=f"The whole log is {log}",
    )
