import json
import os
from pathlib import Path

import pytest

from automl_tasks.settings import SERVICES_FILE, current_settings, problem_files


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "NIGHTSHIFT_HOME",
        "NIGHTSHIFT_STORE",
        "NIGHTSHIFT_PROBLEMS",
        "MLFLOW_TRACKING_URI",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_variables_everything_is_in_one_folder_here(tmp_path: Path) -> None:
    settings = current_settings()
    home = tmp_path / ".nightshift"
    assert settings.home == home
    assert settings.store_url == str(home / "store")
    assert settings.tracking_uri == f"sqlite:///{home}/mlflow/mlflow.db"
    assert not home.exists(), "reading the settings creates nothing"


def test_variables_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NIGHTSHIFT_HOME", "~/shift")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NIGHTSHIFT_STORE", "/mnt/store")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")
    settings = current_settings()
    assert settings.home == tmp_path / "shift"
    assert settings.store_url == "/mnt/store"
    assert settings.tracking_uri == "http://mlflow:5000"


def test_the_running_server_is_the_registry(tmp_path: Path) -> None:
    home = tmp_path / ".nightshift"
    home.mkdir()
    (home / SERVICES_FILE).write_text(json.dumps({"mlflow_url": "http://127.0.0.1:5001"}))
    assert current_settings().tracking_uri == "http://127.0.0.1:5001"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_a_damaged_services_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    home = tmp_path / ".nightshift"
    home.mkdir()
    (home / SERVICES_FILE).write_text(text)
    assert current_settings().tracking_uri.startswith("sqlite:///")


def test_of_two_problem_files_of_one_name_the_later_folder_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder, names in {"first": ["b", "a"], "second": ["b"]}.items():
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.yaml").touch()
    folders = os.pathsep.join([str(tmp_path / "first"), str(tmp_path / "second")])
    monkeypatch.setenv("NIGHTSHIFT_PROBLEMS", folders)
    assert problem_files() == {
        "a": tmp_path / "first" / "a.yaml",
        "b": tmp_path / "second" / "b.yaml",
    }


def test_the_shipped_problems_are_found_from_anywhere() -> None:
    assert {"bike_sharing", "bank_marketing", "credit_g", "letter"} <= set(problem_files())
