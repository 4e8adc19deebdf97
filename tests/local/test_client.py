import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from automl_tasks.errors import TerminalError, TransientError
from automl_tasks.local.client import AirflowClient
from automl_tasks.local.ports import free_port
from automl_tasks.local.state import Component, Services


class Airflow(BaseHTTPRequestHandler):
    """As much of Airflow as the client's own logic needs; the e2e tests use the real one."""

    logins = 0
    locked = 0  # how many answers are refused before one is given
    seen: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).seen.append(f"{self.path} {body}")
        if self.path == "/auth/token":
            type(self).logins += 1
            self._answer(201, {"access_token": f"token{self.logins}"})
        else:
            self._answer(409, {"detail": "the run exists already"})

    def do_GET(self) -> None:
        if self.headers["Authorization"] != "Bearer token2":
            self._answer(401, {"detail": "expired"})
        elif self.path.startswith("/api/v2/dags?"):
            offset = int(self.path.rpartition("offset=")[2])
            page = [{"dag_id": str(i)} for i in range(offset, min(offset + 100, 130))]
            self._answer(200, {"dags": page, "total_entries": 130})
        else:
            self._answer(200, {"path": self.path, "state": "success"})

    def do_DELETE(self) -> None:
        type(self).locked -= 1
        self._answer(500 if self.locked >= 0 else 204, {"detail": "database is locked"})

    def _answer(self, status: int, body: object) -> None:
        self.send_response(status)
        self.end_headers()
        if status != 204:
            self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def client() -> Iterator[AirflowClient]:
    Airflow.logins, Airflow.locked, Airflow.seen = 0, 0, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Airflow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with AirflowClient(Services(url, "", "admin", "secret", ())) as client:
            yield client
        server.shutdown()


def test_an_expired_login_is_renewed_without_the_caller_noticing(client: AirflowClient) -> None:
    assert client.run("a.search", "manual__2026-01-01T00:00:00+00:00")["path"] == (
        "/api/v2/dags/a.search/dagRuns/manual__2026-01-01T00%3A00%3A00%2B00%3A00"
    )
    assert Airflow.logins == 2


def test_all_pages_are_read(client: AirflowClient) -> None:
    assert [each["dag_id"] for each in client.dags()] == [str(i) for i in range(130)]


def test_a_refusal_carries_airflows_reason(client: AirflowClient) -> None:
    with pytest.raises(TerminalError, match="answered 409: the run exists already"):
        client.trigger("a.search", {"reason": "x"}, run_id="drift__1")
    assert "'dag_run_id': 'drift__1'" in Airflow.seen[-1]


def test_a_locked_database_is_waited_for(client: AirflowClient) -> None:
    Airflow.locked = 2
    client._delete("/dags/a.search/dagRuns/manual__1")
    assert Airflow.locked == -1


def test_an_error_inside_airflow_may_pass_and_is_not_called_final(
    client: AirflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl_tasks.local.client._PAUSES", (0.01,))
    Airflow.locked = 9
    with pytest.raises(TransientError, match="answered 500: database is locked"):
        client._delete("/dags/a.search/dagRuns/manual__1")
    assert Airflow.locked == 7


def test_silence_says_how_to_start_airflow_and_where_its_logs_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("automl_tasks.local.client._PAUSES", (0.01,))
    part = Component("scheduler", 1, 0.0, "/home/of/it/logs/scheduler.log")
    services = Services(f"http://127.0.0.1:{free_port(1)}", "", "admin", "secret", (part,))
    said = "make up'; its logs are in /home/of/it/logs"
    with AirflowClient(services) as client, pytest.raises(TransientError, match=said):
        client.dags()
