"""The one place that configures MLflow, and that turns its failures into our errors."""

from __future__ import annotations

import importlib
import logging
import os
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_tasks.errors import RegistryUnreachable, TerminalError
from automl_tasks.settings import current_settings
from automl_tasks.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["experiment_id", "pyfunc", "registry"]

# Fail within seconds, not after MLflow's seven retries of two minutes; Airflow retries the task.
_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # A uv.lock in the working directory is no part of a model.
    "MLFLOW_UV_AUTO_DETECT": "false",
}
_OWN = "sqlite:///"
_PING_SECONDS = 10
_UNREACHABLE = ("API request to", "timed out", "Max retries exceeded", "database is locked")
_REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED")


@contextmanager
def registry() -> Iterator[MlflowClient]:
    """A client of the configured MLflow; use MLflow only inside the block.

    Raises
    ------
    RegistryUnreachable
        When the server does not answer within seconds; names its address.
    TerminalError
        When it refuses the login, or artifacts can only be reached through a server that is not
        configured.
    """
    uri = current_settings().tracking_uri
    for key, value in _ENVIRONMENT.items():
        os.environ.setdefault(key, value)
    if uri.startswith(("http://", "https://")):
        _ping(uri)
    elif uri.startswith(_OWN):
        _make_folder(Path(uri.removeprefix(_OWN)).parent)
    import mlflow
    from mlflow.exceptions import MlflowException

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    try:
        if uri.startswith(_OWN):
            _made_alone(uri)
        yield mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    except MlflowException as error:
        raise _translated(error, uri) from error


@cache
def _made_alone(uri: str) -> None:
    """Let MLflow make its database where there is none: two processes at once fail at it."""
    from mlflow import MlflowClient

    with Store(Path(uri.removeprefix(_OWN)).parent).lock("mlflow-database"):
        MlflowClient(tracking_uri=uri, registry_uri=uri).search_experiments(max_results=1)


def experiment_id(client: MlflowClient, name: str) -> str:
    """Id of the problem's experiment; created, or restored when somebody deleted it."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name, artifact_location=_artifact_location()))
        except MlflowException:
            # Another process created it in between.
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def pyfunc() -> Any:
    """``mlflow.pyfunc``; importing it warns about MLflow's own type hints."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("mlflow.pyfunc")


def _artifact_location() -> str | None:
    """Files beside the database; a server decides for itself."""
    settings = current_settings()
    if settings.tracking_uri.startswith(("http://", "https://")):
        return None
    return (settings.mlflow_folder / "artifacts").as_uri()


def _ping(uri: str) -> None:
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=_PING_SECONDS):  # noqa: S310 (http only)
            return
    except urllib.error.HTTPError:
        return  # it answers; what it refuses shows in the real call
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise _unreachable(uri, str(reason)) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unreachable(str(folder), str(error.strerror)) from error


def _translated(error: Any, uri: str) -> Exception:
    text = str(error)
    if "mlflow-artifacts" in text:
        return TerminalError(
            "the model's files can only be reached through the MLflow server that stored them",
            where=uri,
            remedy="Start that server and set MLFLOW_TRACKING_URI to its address",
        )
    if error.error_code in _REFUSED or "error code 401" in text or "error code 403" in text:
        return TerminalError(
            "MLflow refuses the login",
            where=uri,
            remedy="Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or _TOKEN)",
        )
    if error.error_code == "TEMPORARILY_UNAVAILABLE" or any(sign in text for sign in _UNREACHABLE):
        return _unreachable(uri, text.splitlines()[0])
    return error if isinstance(error, Exception) else TerminalError(text, where=uri)


def _unreachable(place: str, reason: str) -> RegistryUnreachable:
    return RegistryUnreachable(
        f"MLflow does not answer ({reason})",
        where=place,
        remedy="Start it (make up) or set MLFLOW_TRACKING_URI to one that runs",
    )
