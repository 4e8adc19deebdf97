"""The environment of the services: one place that says how Airflow runs on one machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from automl_tasks.local.state import Secrets
from automl_tasks.settings import Settings

__all__ = ["REPOSITORY", "USER", "mlflow_environment", "service_environment"]

REPOSITORY = Path(__file__).resolve().parents[2]
USER = "admin"


def service_environment(
    settings: Settings, secrets: Secrets, *, airflow_port: int, mlflow_url: str
) -> dict[str, str]:
    """Variables for every Airflow process.

    The caller's own ``AIRFLOW__SECTION__KEY`` variables win over the defaults here (another
    database or executor is configuration alone), but not over what identifies the installation.
    """
    defaults = {
        f"AIRFLOW__{section}__{key}": value for (section, key), value in _DEFAULTS.items()
    } | {"AIRFLOW__CORE__PARALLELISM": str(max(4, (os.cpu_count() or 2) + 2))}
    if not any(each.startswith(_DATABASE) for each in os.environ):  # _CMD and _SECRET count, too
        file = settings.home / "airflow" / "airflow.db"
        defaults[_DATABASE] = f"sqlite:///{file}?timeout={_SQLITE_WAIT}"
    return defaults | dict(os.environ) | _identity(settings, secrets, airflow_port, mlflow_url)


def mlflow_environment(settings: Settings) -> dict[str, str]:
    """Variables that 'mlflow server' hands to its application."""
    folder = settings.mlflow_folder
    # Files by path: clients read and write them while the server is down, too.
    artifacts = (folder / "artifacts").as_uri()
    return {
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder / 'mlflow.db'}",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": artifacts,
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": artifacts,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        # Eight more processes at start, for prompt and trace jobs that nothing here uses.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }


_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
# Seconds that a writer waits for the others; SQLite's own five are too few on a loaded machine.
_SQLITE_WAIT = 60
_DEFAULTS = {
    ("CORE", "EXECUTOR"): "LocalExecutor",
    # Tasks inherit what `launcher` has imported.
    ("SCHEDULER", "MP_START_METHOD"): "fork",
    ("CORE", "LOAD_EXAMPLES"): "False",
    ("CORE", "DAGS_ARE_PAUSED_AT_CREATION"): "False",
    # Edited problem files reach the scheduler within seconds.
    ("CORE", "MIN_SERIALIZED_DAG_UPDATE_INTERVAL"): "5",
    ("DAG_PROCESSOR", "MIN_FILE_PROCESS_INTERVAL"): "10",
    ("DAG_PROCESSOR", "PARSING_PROCESSES"): "1",
    ("DAG_PROCESSOR", "PRINT_STATS_INTERVAL"): "0",
    # A task whose supervisor was killed too is retried after this long; a killed task at once.
    ("SCHEDULER", "TASK_INSTANCE_HEARTBEAT_TIMEOUT"): "45",
    ("SCHEDULER", "TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL"): "10",
    ("SCHEDULER", "SCHEDULER_IDLE_SLEEP_TIME"): "0.5",
    # Tasks of a scheduler that was killed are adopted or retried soon after the next start.
    ("SCHEDULER", "ORPHANED_TASKS_CHECK_INTERVAL"): "30",
    ("SCHEDULER", "PARSING_CLEANUP_INTERVAL"): "15",
    ("DAG_PROCESSOR", "STALE_DAG_THRESHOLD"): "30",
    # A loaded machine answers late; a search is not killed for that.
    ("WORKERS", "EXECUTION_API_TIMEOUT"): "30",
    ("WORKERS", "MAX_FAILED_HEARTBEATS"): "6",
    ("API", "EXPOSE_STACKTRACE"): "False",
    ("LOGGING", "COLORED_CONSOLE_LOG"): "False",
}


def _identity(
    settings: Settings, secrets: Secrets, airflow_port: int, mlflow_url: str
) -> dict[str, str]:
    home = settings.home / "airflow"
    address = f"http://127.0.0.1:{airflow_port}"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__FERNET_KEY": secrets.fernet,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(airflow_port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.session,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.jwt,
        "NIGHTSHIFT_HOME": str(settings.home),
        "NIGHTSHIFT_STORE": settings.store_url,
        "NIGHTSHIFT_PROBLEMS": os.pathsep.join(map(str, settings.problem_folders)),
        "MLFLOW_TRACKING_URI": mlflow_url,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        # Threads that wait actively take the cores from those that work, forty times as long.
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONPATH": _path(str(REPOSITORY), os.environ.get("PYTHONPATH")),
        "PATH": _path(str(Path(sys.executable).parent), os.environ.get("PATH")),
        "PYTHONUNBUFFERED": "1",
        # macOS kills forks of a process that has loaded its frameworks, unless it is told not to.
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
    }


def _path(first: str, others: str | None) -> str:
    return os.pathsep.join([first, *([others] if others else [])])
