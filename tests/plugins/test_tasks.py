"""What the log of a task says: the bodies run as they are, without Airflow's runner."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from automl_tasks.deliver.promotion import Gate, Promotion, save
from tests.monitor.conftest import World, home, make_world, rows, world  # noqa: F401


class Instance:
    """What a task uses of Airflow's task instance."""

    try_number = 1

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Without what Airflow does as soon as it is imported: a folder, and the log on stdout."""
    handlers, level = logging.root.handlers[:], logging.root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
        patch.syspath_prepend(str(Path(__file__).parents[2] / "plugins"))
        import nightshift_airflow.tasks

    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    return nightshift_airflow.tasks


Said = Callable[..., str]


@pytest.fixture
def said(
    world: World,  # noqa: F811
    tasks: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Said:
    """Runs a task of the world's problem and returns its log."""
    from airflow.sdk.exceptions import AirflowSkipException

    problem = world.problem
    monkeypatch.setenv("NIGHTSHIFT_PROBLEMS", str(tmp_path / "problems"))
    monkeypatch.setenv("NIGHTSHIFT_STORE", str(world.store.root))
    (tmp_path / "problems").mkdir()
    content = problem.model_dump(mode="json", include={"name", "target", "time", "metric"})
    content |= {"source": str(world.inbox), "monitor": {"payoff": None}}
    (tmp_path / "problems" / f"{problem.name}.yaml").write_text(json.dumps(content))

    def run(task: str, **given: Any) -> str:
        caplog.clear()
        with caplog.at_level(logging.INFO):
            try:
                getattr(tasks, task).function(problem.name, ti=Instance(), **given)
            except AirflowSkipException as skipped:
                assert f"Skipped: {skipped}" in caplog.messages
        return "\n".join(
            each.message for each in caplog.records if each.name.startswith("nightshift_airflow")
        )

    return run


def by_hand(**params: Any) -> dict[str, Any]:
    """Arguments of a task that was started from a form."""
    filled = {"action": "promote", "version": None, "dry_run": False} | params
    return {
        "params": filled,
        "dag_run": SimpleNamespace(conf={}),
        "dag": SimpleNamespace(params=filled),
    }


def test_the_log_of_score_says_who_predicted_how_much_and_why_nothing(
    world: World,  # noqa: F811
    said: Said,
) -> None:
    assert said("score") == "Skipped: version 1 has seen every row of the snapshot"
    world.arrive(rows(300, seed=2))
    assert said("score") == "Scored: version 1 predicted 300 new rows"


def test_the_log_of_check_says_the_status_and_the_sentence(
    world: World,  # noqa: F811
    said: Said,
) -> None:
    world.arrive(rows(744, slope=6.0, seed=1))
    said("score")
    assert "degraded: RMSE on the 744 rows of 2012-01 rose from " in said("check")


def test_the_log_of_the_gate_says_its_verdict_and_each_condition(
    world: World,  # noqa: F811
    said: Said,
) -> None:
    gates = [
        Gate(name="quality", passed=True, detail="better than a constant"),
        Gate(name="size", passed=False, detail="12 MB, 10 are allowed"),
    ]
    decided = Promotion(
        id="p1",
        problem=world.problem.name,
        version=1,
        champion_before=None,
        run="nightly__1",
        snapshot="s1",
        verdict="promote",
        reason="better than a constant",
        gates=gates,
        decided_at="2012-02-01T03:00:00+00:00",
    )
    save(world.store, decided)
    lines = [
        "Version 1, promote: better than a constant",
        "quality, passed: better than a constant",
        "size, failed: 12 MB, 10 are allowed",
    ]
    assert said("promote", **by_hand(version=1)).splitlines() == lines
    skipped = "Skipped: promote: better than a constant"
    assert said("gate", **by_hand(version=1, dry_run=True)).splitlines() == [*lines, skipped]


def test_the_log_of_a_rollback_says_why_there_was_none(said: Said) -> None:
    assert said("rollback", **by_hand()) == "Skipped: the action is promote"
    verdict, skipped = said("rollback", **by_hand(action="rollback", version=1)).splitlines()
    assert verdict == "Version 1, keep: version 1 is the champion already"
    assert skipped == "Skipped: version 1 is the champion already"
