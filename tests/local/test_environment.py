import os
from pathlib import Path

import pytest

from automl_tasks.local.environment import REPOSITORY, mlflow_environment, service_environment
from automl_tasks.local.state import load_secrets
from automl_tasks.settings import current_settings


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path / "a home"))
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("PYTHONPATH", "/own")
    return service_environment(
        current_settings(), load_secrets(tmp_path), airflow_port=8123, mlflow_url="http://m"
    )


def test_the_callers_airflow_settings_win_over_our_defaults(environment: dict[str, str]) -> None:
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert environment["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"


def test_a_writer_waits_for_others_in_airflows_own_sqlite(
    environment: dict[str, str], tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path}/a home/airflow/airflow.db?timeout=60"
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == database


def test_a_command_that_names_the_database_is_not_overruled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD", "cat /run/secrets/airflow")
    environment = service_environment(
        current_settings(), load_secrets(tmp_path), airflow_port=8123, mlflow_url="http://m"
    )
    assert "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" not in environment


def test_the_installation_is_its_own_home_whatever_the_caller_has_set(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert environment["AIRFLOW_HOME"] == str(tmp_path / "a home" / "airflow")
    assert environment["AIRFLOW__API__PORT"] == "8123"
    assert environment["MLFLOW_TRACKING_URI"] == "http://m"


def test_the_library_is_importable_before_anything_of_the_caller(
    environment: dict[str, str],
) -> None:
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(REPOSITORY), "/own"]


def test_artifacts_are_named_by_path_so_that_they_outlive_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path / "a home"))
    root = mlflow_environment(current_settings())["_MLFLOW_SERVER_ARTIFACT_ROOT"]
    assert root == f"file://{tmp_path}/a%20home/mlflow/artifacts"
