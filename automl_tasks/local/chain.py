"""Follows a problem through the running Airflow, stage by stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from automl_tasks.deliver import Promotion
from automl_tasks.deliver import history as promotions
from automl_tasks.errors import TerminalError
from automl_tasks.local.client import AirflowClient
from automl_tasks.local.polling import wait_for
from automl_tasks.monitor import Decision
from automl_tasks.monitor import history as decisions
from automl_tasks.problem import Problem
from automl_tasks.store import Store
from automl_tasks.store.alerts import list_alerts

__all__ = ["Chain"]

OnProgress = Callable[[dict[str, Any]], None]
_KINDS = ("prepare", "search", "promote", "score", "monitor")
_STAGE_TIMEOUT = 300.0


class Chain:
    """One problem's DAGs, as a person who waits for them sees them.

    Parameters
    ----------
    problem, store
        The problem and the store in which its DAGs write.
    client
        Airflow.
    logs
        Folder of Airflow's task logs.
    """

    def __init__(self, problem: Problem, store: Store, client: AirflowClient, logs: Path) -> None:
        self._problem, self._store, self._client, self._logs = problem, store, client, logs
        self._dags = {f"{problem.name}.{kind}" for kind in _KINDS}

    def wait_for_dags(self) -> None:
        """Wait until Airflow has read the problem file."""
        wait_for(
            lambda: self._dags <= {each["dag_id"] for each in self._client.dags()},
            what=f"Airflow to read the problem {self._problem.name}",
            timeout=_STAGE_TIMEOUT,
        )

    def prepare(self) -> str:
        """Start `NAME.prepare` and return the published snapshot's id."""
        dag = self._dag("prepare")
        run = self._client.wait(dag, self._client.trigger(dag))
        if run["state"] != "success":
            raise self._failure("prepare")
        return str(self._store.read_json(f"{self._problem.name}/current.json")["snapshot"])

    def known_runs(self) -> set[str]:
        """Names of the search runs that the store holds."""
        return set(self._store.list(f"{self._problem.name}/runs"))

    def wait_for_search(self, before: set[str], budget: float, show: OnProgress) -> int:
        """Show a new search run until it has registered a version, and return that.

        Parameters
        ----------
        before
            Runs that were known before the search was started.
        budget
            Seconds that the search may take.
        """

        def registered() -> int | None:
            for run in sorted(self.known_runs() - before):
                key = f"{self._problem.name}/runs/{run}"
                if self._store.exists(f"{key}/progress.json"):
                    show(self._store.read_json(f"{key}/progress.json"))
                if self._store.exists(f"{key}/registered.json"):
                    return int(self._store.read_json(f"{key}/registered.json")["version"])
            self._stop_on_failure("search")
            return None

        return wait_for(registered, what="the search to end", timeout=budget + _STAGE_TIMEOUT)

    def wait_for_promotion(self, version: int) -> Promotion:
        """Wait for the gate's verdict on a version, and for the aliases to be moved."""

        def decided() -> Promotion | None:
            self._stop_on_failure("promote")
            runs = self._client.runs(self._dag("promote"), limit=1)
            if runs and runs[0]["state"] == "success":
                found = promotions(self._store, self._problem.name)
                return next((each for each in found if each.version == version), None)
            return None

        return wait_for(decided, what=f"a verdict on version {version}", timeout=_STAGE_TIMEOUT)

    def wait_for_decision(self, snapshot: str) -> Decision:
        """Wait for the monitor's decision on a snapshot."""

        def decided() -> Decision | None:
            self._stop_on_failure("score")
            self._stop_on_failure("monitor")
            found = decisions(self._store, self._problem.name)
            return next((each for each in found if each.snapshot == snapshot), None)

        return wait_for(decided, what="the monitor's decision", timeout=_STAGE_TIMEOUT)

    def _stop_on_failure(self, kind: str) -> None:
        runs = self._client.runs(self._dag(kind), limit=1)
        if runs and runs[0]["state"] == "failed":
            raise self._failure(kind)

    def _failure(self, kind: str) -> TerminalError:
        alerts = list_alerts(self._store, self._problem.name)
        message = alerts[0].message if alerts else "no alert says why"
        log = self._logs / f"dag_id={self._dag(kind)}"
        return TerminalError(
            f"{self._dag(kind)} failed: {message}",
            remedy=f"Its log is in Airflow's page, and in {log}",
        )

    def _dag(self, kind: str) -> str:
        return f"{self._problem.name}.{kind}"
