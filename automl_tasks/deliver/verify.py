"""Verify a registered model without loading it: nothing of it is parsed by MLflow, nothing run."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ConfigDict

from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.versions import CHAMPION, find_version, verified
from automl_tasks.errors import DataError, PackageError

__all__ = ["Verification", "verify"]


class Verification(BaseModel):
    """A version whose files are those that were registered.

    Attributes
    ----------
    sealed
        All files of the logged model were compared; else only the package, in versions of old.
    signed
        The signature was verified; False where no key is configured.
    files
        How many were compared.
    """

    model_config = ConfigDict(frozen=True)

    problem: str
    version: int
    run: str
    sealed: bool
    signed: bool
    files: int


def verify(model: str) -> Verification:
    """Download a version and compare every file with what was registered.

    Parameters
    ----------
    model
        ``NAME`` (its champion), ``NAME@ALIAS`` or ``NAME/VERSION``.

    Raises
    ------
    DataError
        When there is no such version.
    PackageError
        When a file is altered, missing or foreign, or a key is configured and its signature wrong.
    """
    from automl_tasks.serve import BadPackage
    from automl_tasks.serve.keys import key_is_configured
    from automl_tasks.serve.manifest import verify_manifest
    from automl_tasks.serve.seal import is_sealed, verify_seal

    name, which = _parsed(model)
    with registry() as client, TemporaryDirectory() as folder:
        found = find_version(client, name, which)
        if found is None:
            raise DataError(
                f"there is no model {model!r}",
                where="MLflow registry",
                remedy="Give NAME, NAME@ALIAS or NAME/VERSION",
            )
        try:
            copy = verified(found.model_uri, Path(folder))
            listed = verify_manifest(next((copy / "data").iterdir()))
            sealed = is_sealed(copy)
            files = verify_seal(copy)["files"] if sealed else listed
            signed = key_is_configured()
        except BadPackage as error:
            message = str(error).replace(f"{folder}: ", "")
            raise PackageError(message, where=found.model_uri) from error
        return Verification(
            problem=name,
            version=found.version,
            run=found.run,
            sealed=sealed,
            signed=signed,
            files=len(files),
        )


def _parsed(model: str) -> tuple[str, int | str]:
    """Name of the registered model, and a version's number or alias."""
    if "@" in model:
        name, _, alias = model.rpartition("@")
        return name, alias
    name, _, number = model.rpartition("/")
    return (name, int(number)) if name and number.isdigit() else (model, CHAMPION)
