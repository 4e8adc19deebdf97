from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from automl_tasks.errors import DataError, SearchError
from automl_tasks.problem import Notify, Problem
from automl_tasks.store import Store
from automl_tasks.store.alerts import Alert, list_alerts


@pytest.fixture(scope="module")
def alerts(load_plugin: Callable[[str], ModuleType]) -> ModuleType:
    return load_plugin("alerts")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("NIGHTSHIFT_STORE", str(tmp_path))
    return Store(tmp_path)


def fail(alerts: ModuleType, task: str, error: Exception) -> None:
    """What Airflow does when a task fails for good, and then its run."""
    problem = Problem(name="demand", source={"path": "a.csv"}, target="y")
    instance = SimpleNamespace(dag_id="demand.search", run_id="drift__1", task_id=task)
    for callback in alerts.failure_callbacks(problem):
        callback({"ti": instance, "exception": error})
    alerts.record_failed_run(context(dag="demand.search", run="drift__1"))


def context(*, dag: str, run: str) -> dict[str, Any]:
    return {"dag": SimpleNamespace(dag_id=dag), "run_id": run}


def only(store: Store) -> Alert:
    (alert,) = list_alerts(store, "demand")
    return alert


def test_a_failure_is_told_once_in_its_own_words(alerts: ModuleType, store: Store) -> None:
    fail(alerts, "search", SearchError("no trial ended", where="run drift__1", remedy="More time"))
    assert only(store).kind == "failed"
    assert only(store).message == (
        "demand.search, task search: run drift__1: no trial ended. More time"
    )


def test_refused_data_are_told_as_quarantine(alerts: ModuleType, store: Store) -> None:
    fail(alerts, "validate", DataError("in quarantine: column 'x' is missing"))
    assert only(store).kind == "quarantine"
    assert "column 'x' is missing" in only(store).message


def test_messages_of_others_are_not_repeated_because_they_may_quote_data(
    alerts: ModuleType, store: Store
) -> None:
    fail(alerts, "search", ValueError("could not convert 'Ann, 12 Elm Street'"))
    assert "Elm" not in only(store).message
    assert "ValueError" in only(store).message


def test_a_run_whose_task_could_not_speak_is_told_too(alerts: ModuleType, store: Store) -> None:
    alerts.record_failed_run(context(dag="demand.score", run="manual__1"))
    assert only(store).message == "demand.score, the run failed, see its log"


def test_people_get_mail_only_where_the_problem_names_them(alerts: ModuleType) -> None:
    quiet = Problem(name="demand", source={"path": "a.csv"}, target="y")
    assert len(alerts.failure_callbacks(quiet)) == 1
    assert quiet.notify == Notify()
