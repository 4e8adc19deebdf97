import socket
import time

import pytest

from automl_tasks.deliver import champion
from automl_tasks.deliver.registry import experiment_id, registry
from automl_tasks.errors import RegistryUnreachable, TerminalError


@pytest.fixture
def dead_server():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_files_lie_beside_the_database_in_a_path_with_a_space(mlflow_home):
    with registry() as client:
        found = client.get_experiment(experiment_id(client, "where"))
    assert found.artifact_location.startswith("file:///")
    assert found.artifact_location.endswith("/mlflow/artifacts")
    assert " " not in found.artifact_location
    assert (mlflow_home / "mlflow" / "mlflow.db").exists()


def test_a_deleted_experiment_is_restored():
    with registry() as client:
        first = experiment_id(client, "deleted_once")
        client.delete_experiment(first)
        assert experiment_id(client, "deleted_once") == first
        assert client.get_experiment(first).lifecycle_stage == "active"


def test_a_problem_without_models_has_no_champion():
    assert champion("never_searched") is None


def test_a_server_that_does_not_answer_is_named_within_seconds(monkeypatch, dead_server):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", dead_server)
    start = time.monotonic()
    with pytest.raises(RegistryUnreachable, match=rf"{dead_server}: MLflow does not .*make up"):
        champion("homes")
    assert time.monotonic() - start < 10


def test_a_folder_that_cannot_be_made_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/file/mlflow.db")
    with pytest.raises(RegistryUnreachable, match="file: MLflow does not answer"):
        champion("homes")


def test_files_that_only_a_server_can_reach_ask_for_that_server():
    with registry() as client:
        served = client.create_experiment("served", artifact_location="mlflow-artifacts:/served")
    with (
        pytest.raises(TerminalError, match=r"Start that server.*MLFLOW_TRACKING_URI"),
        registry() as client,
    ):
        client.log_dict(client.create_run(served).info.run_id, {}, "plan.json")
