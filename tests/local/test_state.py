import stat
from pathlib import Path

from automl_tasks.local.state import Component, Services, load_secrets, running_services
from automl_tasks.settings import SERVICES_FILE

SERVICES = Services(
    airflow_url="http://127.0.0.1:8080",
    mlflow_url="http://127.0.0.1:5000",
    user="admin",
    password="secret",
    components=(Component("scheduler", 17, 12.5, "/logs/scheduler.log"),),
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_services_are_read_back_as_they_were_saved(tmp_path: Path) -> None:
    assert running_services(tmp_path) is None
    SERVICES.save(tmp_path)
    assert running_services(tmp_path) == SERVICES
    assert mode(tmp_path / SERVICES_FILE) == 0o600


def test_secrets_are_private_and_survive_a_restart(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)
    assert load_secrets(tmp_path) == first
    assert mode(tmp_path / "secrets.json") == 0o600
    assert load_secrets(tmp_path / "other") != first
