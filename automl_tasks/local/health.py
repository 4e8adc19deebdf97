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

_AIRFLOW_PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def wait_until_healthy(services: Services, *, timeout: float = 300, pause: float = 0.25) -> None:
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
    while True:
        for component in services.components:
            if not is_alive(component):
                raise _failure(component, "stopped while starting")
        waiting = _waiting_for(services)
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise _failure(_named(services, waiting[0]), f"is not ready after {timeout:.0f} s")
        time.sleep(pause)


def log_tail(log: Path, lines: int = 15) -> str:
    """Last lines of a log file."""
    try:
        with log.open(errors="replace") as file:
            return "".join(deque(file, lines)).rstrip()
    except OSError as error:
        return f"({log} cannot be read: {error.strerror})"


def _waiting_for(services: Services) -> list[str]:
    """Names of the components that are not ready yet."""
    names = {each.name for each in services.components}
    waiting = []
    if "mlflow" in names and not _ok(f"{services.mlflow_url}/health"):
        waiting.append("mlflow")
    health = _json(f"{services.airflow_url}/api/v2/monitor/health")
    if health is None:
        return [*waiting, "api-server"]
    for part in _AIRFLOW_PARTS:
        if (health.get(part) or {}).get("status") != "healthy":
            waiting.append("api-server" if part == "metadatabase" else part.replace("_", "-"))
    return waiting


def _ok(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _json(url: str) -> dict[str, dict[str, str]] | None:
    try:
        answer = httpx.get(url, timeout=5, trust_env=False)
        return dict(answer.json()) if answer.is_success else None
    except (httpx.TransportError, ValueError):
        return None


def _named(services: Services, name: str) -> Component:
    return next(each for each in services.components if each.name == name)


def _failure(component: Component, what: str) -> TerminalError:
    log = Path(component.log)
    return TerminalError(
        f"{component.name} {what}:\n{log_tail(log)}",
        where="services",
        remedy=f"The whole log is {log}",
    )
