"""Airflow's REST API: the few calls that the commands and the tests need."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from automl_tasks.errors import TerminalError, TransientError
from automl_tasks.local.polling import wait_for
from automl_tasks.local.state import Services

__all__ = ["AirflowClient"]

_ENDED = ("success", "failed")
_REPEATABLE = ("GET", "PATCH", "DELETE")
_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds; a loaded machine answers 500 while its database is locked


class AirflowClient:
    """A logged-in client.

    Parameters
    ----------
    services
        Address and login.
    timeout
        Seconds for one request.

    Raises
    ------
    TransientError
        From every call, when Airflow does not answer or answers with an error of its own (5xx);
        calls that may be repeated are, for some seconds.
    TerminalError
        From every call, when Airflow refuses; with Airflow's reason.
    """

    def __init__(self, services: Services, *, timeout: float = 30) -> None:
        self._login = {"username": services.user, "password": services.password}
        # A proxy from the environment is never meant for this machine's own address.
        self._http = httpx.Client(base_url=services.airflow_url, timeout=timeout, trust_env=False)
        self._logs = next((str(Path(each.log).parent) for each in services.components), None)

    def __enter__(self) -> AirflowClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def trigger(
        self, dag: str, conf: dict[str, Any] | None = None, *, run_id: str | None = None
    ) -> str:
        """Start a run by hand and return its id."""
        body: dict[str, Any] = {"logical_date": None, "conf": conf or {}}
        if run_id:
            body["dag_run_id"] = run_id
        return str(self._call("POST", f"/dags/{_q(dag)}/dagRuns", json=body)["dag_run_id"])

    def run(self, dag: str, run_id: str) -> dict[str, Any]:
        """One run, with its ``state``."""
        return self._call("GET", f"/dags/{_q(dag)}/dagRuns/{_q(run_id)}")

    def runs(self, dag: str, *, limit: int = 100) -> list[dict[str, Any]]:
        """Runs of a DAG, newest first; ``~`` means all DAGs."""
        parameters = {"order_by": "-id", "limit": limit}
        return list(self._call("GET", f"/dags/{_q(dag)}/dagRuns", params=parameters)["dag_runs"])

    def tasks_under_way(self, dag: str) -> list[dict[str, Any]]:
        """Task instances of all runs of a DAG that run, or wait for a free process."""
        path = f"/dags/{_q(dag)}/dagRuns/~/taskInstances"
        parameters = {"state": ["running", "queued"], "limit": 100}
        return list(self._call("GET", path, params=parameters)["task_instances"])

    def forget_runs(self, dag: str) -> None:
        """Stop and delete every run of a DAG, and the asset events that wait to start one."""
        self._delete(f"/dags/{_q(dag)}/assets/queuedEvents")
        while runs := self.runs(dag):
            for run in runs:
                path = f"/dags/{_q(dag)}/dagRuns/{_q(run['dag_run_id'])}"
                if run["state"] not in _ENDED:  # Airflow deletes no run that is running
                    self._call("PATCH", path, json={"state": "failed"})
                self._delete(path)

    def wait(self, dag: str, run_id: str, *, timeout: float = 600) -> dict[str, Any]:
        """Return a run when it has ended, well or not; TransientError after `timeout` seconds."""
        return wait_for(
            lambda: run if (run := self.run(dag, run_id))["state"] in _ENDED else None,
            what=f"{dag} {run_id} to end",
            timeout=timeout,
        )

    def task_instances(self, dag: str, run_id: str) -> list[dict[str, Any]]:
        """The run's task instances, with ``task_id``, ``map_index``, ``state``, ``try_number``."""
        path = f"/dags/{_q(dag)}/dagRuns/{_q(run_id)}/taskInstances"
        return list(self._call("GET", path, params={"limit": 100})["task_instances"])

    def task_log(
        self, dag: str, run_id: str, task: str, *, attempt: int = 1, map_index: int = -1
    ) -> str:
        """The log of one attempt: its events, and the errors without their tracebacks."""
        path = f"/dags/{_q(dag)}/dagRuns/{_q(run_id)}/taskInstances/{_q(task)}/logs/{attempt}"
        answer = self._call("GET", path, params={"map_index": map_index})
        return "\n".join(_log_line(each) for each in answer["content"])

    def xcom(
        self, dag: str, run_id: str, task: str, *, map_index: int = -1, key: str = "return_value"
    ) -> Any:
        """What a task returned."""
        path = f"/dags/{_q(dag)}/dagRuns/{_q(run_id)}/taskInstances/{_q(task)}/xcomEntries/{key}"
        parameters = {"deserialize": True, "map_index": map_index}
        return self._call("GET", path, params=parameters)["value"]

    def dags(self) -> list[dict[str, Any]]:
        """Every active DAG."""
        return self._pages("/dags", "dags")

    def import_errors(self) -> list[dict[str, Any]]:
        """DAG import errors, with ``filename`` and ``stack_trace``."""
        return self._pages("/importErrors", "import_errors")

    def set_paused(self, dag: str, paused: bool) -> None:
        """Pause or unpause a DAG."""
        self._call("PATCH", f"/dags/{_q(dag)}", json={"is_paused": paused})

    def answer(
        self, dag: str, run_id: str, task: str, options: Sequence[str], *, map_index: int = -1
    ) -> None:
        """Answer a task that waits for a person, for example with ``["Approve"]``."""
        path = (
            f"/dags/{_q(dag)}/dagRuns/{_q(run_id)}/taskInstances/{_q(task)}/{map_index}/hitlDetails"
        )
        self._call("PATCH", path, json={"chosen_options": list(options), "params_input": {}})

    def _delete(self, path: str) -> None:
        self._call("DELETE", path, absent_ok=True)

    def _pages(self, path: str, key: str, size: int = 100) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._call("GET", path, params={"limit": size, "offset": len(found)})
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _call(
        self, method: str, path: str, *, absent_ok: bool = False, **arguments: Any
    ) -> dict[str, Any]:
        for pause in _PAUSES if method in _REPEATABLE else ():
            try:
                return self._call_once(method, path, absent_ok=absent_ok, **arguments)
            except TransientError:
                time.sleep(pause)
        return self._call_once(method, path, absent_ok=absent_ok, **arguments)

    def _call_once(
        self, method: str, path: str, *, absent_ok: bool, **arguments: Any
    ) -> dict[str, Any]:
        try:
            if "Authorization" not in self._http.headers:
                self._log_in()
            answer = self._http.request(method, f"/api/v2{path}", **arguments)
            if answer.status_code == httpx.codes.UNAUTHORIZED:  # the token has expired
                self._log_in()
                answer = self._http.request(method, f"/api/v2{path}", **arguments)
        except httpx.TransportError as error:
            raise TransientError(
                f"Airflow does not answer ({type(error).__name__})",
                where=str(self._http.base_url),
                remedy=f"Start it with 'make up'{self._see_logs()}",
            ) from error
        if absent_ok and answer.status_code == httpx.codes.NOT_FOUND:
            return {}
        return self._content(answer)

    def _see_logs(self) -> str:
        return f"; its logs are in {self._logs}" if self._logs else ""

    def _log_in(self) -> None:
        answer = self._http.post("/auth/token", json=self._login)
        self._http.headers["Authorization"] = f"Bearer {self._content(answer)['access_token']}"

    def _content(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.is_success:
            return dict(answer.json()) if answer.content else {}
        kind = TransientError if answer.is_server_error else TerminalError
        raise kind(
            f"Airflow answered {answer.status_code}: {_detail(answer)}",
            where=f"{answer.request.method} {answer.request.url.path}",
            remedy=f"Try again{self._see_logs()}" if answer.is_server_error else "",
        )


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]


def _log_line(entry: str | dict[str, Any]) -> str:
    if isinstance(entry, str):
        return entry
    errors = [
        f"{each['exc_type']}: {each['exc_value']}" for each in entry.get("error_detail") or []
    ]
    return "\n".join([str(entry.get("event", "")), *errors])


def _q(part: str) -> str:
    return quote(part, safe="~")
