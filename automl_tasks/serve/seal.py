"""The seal of a logged model: every file of MLflow's folder, not the package in it alone.

``MLmodel`` names the module that MLflow imports, ``code/`` holds what it imports, and the
requirements say what is installed: to alter one of them is to run foreign code. The seal lists
them all beside the package, and its own SHA-256, kept in the registry, stands for the folder.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from automl_tasks.serve.errors import BadPackage
from automl_tasks.serve.keys import key_is_configured
from automl_tasks.serve.listing import (
    compare,
    describe,
    files_of,
    read_list,
    signature_file,
    write_list,
)

__all__ = ["MLMODEL", "SEAL", "is_sealed", "verify_beside", "verify_seal", "write_seal"]

SEAL, MLMODEL = "seal.json", "MLmodel"
FORMAT = 1
# MLflow writes the last one into each download of a registered version; it only reads names of it.
_OWN_FILES = frozenset({SEAL, signature_file(SEAL), "registered_model_meta"})
_CACHE = "__pycache__"


def write_seal(folder: Path, *, problem: str, run: str) -> str:
    """Seal a model's folder, whose files stay as they are from now on.

    Parameters
    ----------
    problem, run
        Whose model this is; a signed model of another problem is refused by them.

    Returns
    -------
    str
        The seal's own SHA-256, which stands for the whole folder.
    """
    files = {name: describe(path) for name, path in files_of(folder, _OWN_FILES)}
    content = {"format": FORMAT, "problem": problem, "run": run, "files": files}
    return hashlib.sha256(write_list(folder, SEAL, content)).hexdigest()


def is_sealed(folder: Path) -> bool:
    """Whether a model's folder has a seal; models of older versions have none."""
    return (folder / SEAL).exists()


def verify_seal(folder: Path, *, digest: str | None = None, caches: bool = False) -> dict[str, Any]:
    """Check that a model's folder holds exactly the sealed files, before anything of it is run.

    With ``NIGHTSHIFT_PUBLIC_KEY`` or ``NIGHTSHIFT_SIGNING_KEY`` in the environment, the seal must
    be signed with that key. Without a key and without `digest`, only a folder whose seal was
    not rewritten along with its files is found out.

    Parameters
    ----------
    digest
        The seal's SHA-256 as the registry keeps it, in the tag ``nightshift.seal``.
    caches
        Overlook Python's ``__pycache__``, where the folder's code runs already.

    Returns
    -------
    dict
        The seal: ``problem``, ``run`` and ``files``.

    Raises
    ------
    BadPackage
        Naming what is missing, altered, unlisted or not signed.
    """
    content, text = read_list(folder, SEAL, FORMAT)
    if digest is not None and hashlib.sha256(text).hexdigest() != digest:
        raise BadPackage(f"{folder}: {SEAL} is not the one that was registered; do not use it")
    present = dict(files_of(folder, _OWN_FILES))
    if caches:
        present = {name: path for name, path in present.items() if _CACHE not in path.parts}
    compare(folder, present, content["files"], "seal")
    return content


def verify_beside(package: Path) -> None:
    """Verify the logged model that a package lies in, as ``data/<package>``, if it lies in one.

    Raises
    ------
    BadPackage
        When that model is altered, or a key is configured and it is not signed.
    """
    model = package.resolve().parent.parent
    if (model / MLMODEL).is_file() and (is_sealed(model) or key_is_configured()):
        verify_seal(model, caches=True)
