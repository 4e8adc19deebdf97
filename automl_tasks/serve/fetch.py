"""Take a registered model out of MLflow and verify it before anything of it is parsed or run.

``mlflow.pyfunc.load_model`` imports what the model's files name before any code of ours could
look. Who does not trust the place in which models are stored calls `fetch` first, with this code
from a source of its own, and loads the folder that it returns.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from automl_tasks.serve.errors import BadPackage
from automl_tasks.serve.keys import key_is_configured
from automl_tasks.serve.seal import is_sealed, verify_seal

__all__ = ["RUN_TAG", "SEAL_TAG", "fetch", "find", "verify_version"]

SEAL_TAG, RUN_TAG = "nightshift.seal", "nightshift.run"


def fetch(uri: str, folder: str | Path) -> Path:
    """Download a registered model, verify it, and return the folder to load it from.

    Parameters
    ----------
    uri
        ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS``.
    folder
        Where to put it; must be empty, and nobody else's to write.

    Raises
    ------
    BadPackage
        When the model is altered, or not signed and a key is configured.

    Examples
    --------
    >>> folder = fetch("models:/churn@champion", tempfile.mkdtemp())  # doctest: +SKIP
    >>> model = mlflow.pyfunc.load_model(str(folder))  # doctest: +SKIP
    """
    from mlflow import MlflowClient

    return verify_version(find(MlflowClient(), uri), Path(folder))


def find(client: Any, uri: str) -> Any:
    """The ``ModelVersion`` of ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS``."""
    path = uri.removeprefix("models:/")
    by_alias = "@" in path
    name, found, which = path.rpartition("@" if by_alias else "/")
    if path == uri or not (name and found and which):
        raise ValueError(f"{uri!r} is neither models:/NAME/VERSION nor models:/NAME@ALIAS")
    if by_alias:
        return client.get_model_version_by_alias(name, which)
    return client.get_model_version(name, which)


def verify_version(version: Any, folder: Path) -> Path:
    """`fetch` for a ``ModelVersion`` that is known already."""
    from mlflow.artifacts import download_artifacts

    digest = version.tags.get(SEAL_TAG)
    if digest is None and key_is_configured():
        raise BadPackage(
            f"models:/{version.name}/{version.version} is not sealed, and a key is configured; "
            "register it again or do not use it"
        )
    model = Path(
        download_artifacts(f"models:/{version.name}/{version.version}", dst_path=str(folder))
    )
    # What Python left behind where somebody loaded the model in place; it could be anything.
    for cache in [*model.rglob("__pycache__")]:
        if not cache.is_symlink():
            shutil.rmtree(cache)
    if digest is None:
        if is_sealed(model):
            raise BadPackage(f"{model}: its version lacks the tag {SEAL_TAG}; do not use it")
        return model
    seal = verify_seal(model, digest=digest)
    whose = seal.get("problem"), seal.get("run")
    if whose != (version.name, version.tags.get(RUN_TAG)):
        raise BadPackage(f"{model}: this is the model of run {whose[1]!r} of {whose[0]!r}")
    return model
