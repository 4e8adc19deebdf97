"""Seal a model's folder while MLflow logs it, and know the seals of what was registered here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from automl_tasks.deliver.registry import pyfunc
from automl_tasks.settings import current_settings
from automl_tasks.store import Store

if TYPE_CHECKING:
    from automl_tasks.deliver.versions import ChampionInfo

__all__ = ["SealedFlavor", "configured_store", "registered_key", "stranger"]


class SealedFlavor:
    """MLflow's pyfunc as a flavour for ``Model.log``, which seals what is about to be uploaded.

    MLflow writes ``MLmodel`` with the ids of run and model into a folder, calls this, and uploads
    the folder as it is: the only moment at which all files are final and still here.

    Attributes
    ----------
    digest
        SHA-256 of the seal, once the model is logged.
    """

    def __init__(self, problem: str, run: str) -> None:
        self._problem, self._run, self.digest = problem, run, ""

    def save_model(self, path: str, mlflow_model: Any, **settings: Any) -> None:
        """What ``Model.log`` calls."""
        from automl_tasks.serve.seal import write_seal

        pyfunc().save_model(path=path, mlflow_model=mlflow_model, **settings)
        self.digest = write_seal(Path(path), problem=self._problem, run=self._run)


def registered_key(name: str, run: str) -> str:
    """Where the store keeps what a run was registered as."""
    return f"{name}/runs/{run}/registered.json"


def configured_store() -> Store | None:
    """The store of this installation, if there is one: consumers have none."""
    folder = Path(unquote(current_settings().store_url.removeprefix("file://")))
    return Store(folder) if folder.is_dir() else None


def stranger(store: Store, version: ChampionInfo) -> str | None:
    """Why a version is not the one that the store remembers; None when nothing speaks against it.

    The registry's tags can be written by whoever can write models; the store is a second memory.
    """
    key = registered_key(version.problem, version.run)
    known = store.read_json(key) if store.exists(key) else {}
    if not known or (known["version"], known.get("seal")) == (version.version, version.seal):
        return None
    uri = f"models:/{version.problem}/{version.version}"
    if known["version"] != version.version:
        return f"{uri} names run {version.run!r}, which was registered as {known['model_uri']}"
    return f"the seal of {uri} is not the one that was registered"
