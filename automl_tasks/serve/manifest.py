"""The manifest of a package: every file with its size and SHA-256, checked before any is parsed.

A file that the manifest does not list, a link, a file type that no reader here knows and a
pickle are refused too, so nothing foreign travels inside a package unnoticed. Where a key is
configured the manifest is signed, and an unsigned one is refused.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from automl_tasks.serve.errors import BadPackage
from automl_tasks.serve.listing import (
    compare,
    describe,
    files_of,
    read_list,
    signature_file,
    write_list,
)

__all__ = ["MANIFEST", "verify_manifest", "write_manifest"]

MANIFEST = "manifest.json"
FORMAT = 1
_OWN_FILES = frozenset({MANIFEST, signature_file(MANIFEST)})
# Each kind with how its files begin; None: anything but a pickle.
_BEGINNINGS: dict[str, tuple[bytes, ...] | None] = {
    ".json": (b"{", b"["),
    ".txt": None,
    ".ubj": (b"{",),
    ".cbm": (b"CBM",),
    ".npz": (b"PK",),
    ".npy": (b"\x93NUMPY",),
    ".arrow": None,
    ".onnx": None,
}
_PICKLE_PROTOCOLS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def write_manifest(folder: Path) -> dict[str, Any]:
    """List every file of a finished package; the package is complete once this is written.

    Returns
    -------
    dict
        ``{"format": 1, "files": {path: {"sha256": …, "size": bytes}}}``

    Raises
    ------
    BadPackage
        When the folder holds a file that a package may not hold.
    """
    files = {}
    for name, path in files_of(folder, _OWN_FILES):
        _check_kind(folder, name)
        files[name] = describe(path)
    manifest = {"format": FORMAT, "files": files}
    write_list(folder, MANIFEST, manifest)
    return manifest


def verify_manifest(folder: Path) -> dict[str, Any]:
    """Check that a package holds exactly the files of its manifest, unaltered.

    Raises
    ------
    BadPackage
        Naming the first file that is missing, altered, unlisted or of a forbidden kind.
    """
    content, _ = read_list(folder, MANIFEST, FORMAT)
    listed: dict[str, Any] = content["files"]
    compare(folder, dict(files_of(folder, _OWN_FILES)), listed, "manifest")
    for name in listed:
        _check_kind(folder, name)
    return listed


def _check_kind(folder: Path, name: str) -> None:
    path = folder / name
    with path.open("rb") as file:
        start = file.read(8)
    known = path.suffix in _BEGINNINGS and not start.startswith(_PICKLE_PROTOCOLS)
    beginnings = _BEGINNINGS.get(path.suffix)
    begins = beginnings is None or start.startswith(beginnings)
    if not (known and begins and (path.suffix != ".npz" or _holds_arrays(path))):
        raise BadPackage(
            f"{folder}: {name!r} is no file that a package may hold. "
            "Do not use it; register the model again from its run"
        )


def _holds_arrays(path: Path) -> bool:
    """Whether an archive is one of arrays: skops and others write archives, too."""
    try:
        with zipfile.ZipFile(path) as archive:
            return all(name.endswith(".npy") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False
