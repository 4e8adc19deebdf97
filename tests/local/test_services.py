from pathlib import Path

import pytest

from automl_tasks.errors import TerminalError
from automl_tasks.local import running_services, start, status, stop
from automl_tasks.settings import Settings, current_settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path / "a home"))
    return current_settings()


def test_where_nothing_was_started_nothing_is_stopped(settings: Settings) -> None:
    assert stop(settings) is False
    assert status(settings) == {}


@pytest.mark.slow
def test_a_start_that_fails_says_why_and_leaves_nothing_running(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "sqlite:////nowhere/airflow.db")
    with pytest.raises(
        TerminalError, match=r"could not be started:\n(.|\n)*unable to open database"
    ):
        start(settings, say=lambda _: None)
    assert running_services(settings.home) is None
    assert status(settings) == {}
