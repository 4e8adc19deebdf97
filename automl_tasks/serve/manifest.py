"""The manifest of a package: every file with its size and SHA-256, checked before any is parsed.

A file that the manifest does not list, a link, a file type that no reader here knows and a
pickle are refused too, so nothing foreign travels inside a package unnoticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from automl_tasks.serve.errors import BadPackage

__all__ = ["MANIFEST", "verify_manifest", "write_manifest"]

MANIFEST = "manifest.json"
FORMAT = 1
_SUFFIXES = frozenset({".json", ".txt", ".ubj", ".cbm", ".npz", ".npy", ".arrow", ".onnx"})
_PICKLE_PROTOCOLS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_REMEDY = "Do not use it; register the model again from its run"


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
    for name, path in _files(folder):
        _check_kind(folder, name)
        files[name] = {"sha256": _sha256(path), "size": path.stat().st_size}
    manifest = {"format": FORMAT, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    return manifest


def verify_manifest(folder: Path) -> dict[str, Any]:
    """Check that a package holds exactly the files of its manifest, unaltered.

    Raises
    ------
    BadPackage
        Naming the first file that is missing, altered, unlisted or of a forbidden kind.
    """
    listed = _read(folder)
    present = dict(_files(folder))
    for name in sorted(present.keys() - listed.keys()):
        raise BadPackage(f"{folder}: file {name!r} is not in the manifest. {_REMEDY}")
    for name, expected in sorted(listed.items()):
        path = present.get(name)
        if path is None:
            raise BadPackage(f"{folder}: file {name!r} is missing. {_REMEDY}")
        _check_kind(folder, name)
        if path.stat().st_size != expected["size"] or _sha256(path) != expected["sha256"]:
            raise BadPackage(f"{folder}: file {name!r} was altered. {_REMEDY}")
    return listed


def _read(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        found, files = manifest["format"], manifest["files"]
        complete = all({"sha256", "size"} <= entry.keys() for entry in files.values())
    except FileNotFoundError as error:
        raise BadPackage(
            f"{folder}: no {MANIFEST}, so this is no complete package. {_REMEDY}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadPackage(f"{folder}: {MANIFEST} cannot be read ({error}). {_REMEDY}") from error
    if found != FORMAT or not complete:
        raise BadPackage(
            f"{folder}: {MANIFEST} is of format {found!r}, this code reads format {FORMAT}. "
            "Install the version of Nightshift that wrote it"
        )
    return dict(files)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise BadPackage(f"{folder}: {name!r} is a link. {_REMEDY}")
        if path.is_file() and name != MANIFEST:
            yield name, path


def _check_kind(folder: Path, name: str) -> None:
    path = folder / name
    with path.open("rb") as file:
        start = file.read(2)
    if path.suffix not in _SUFFIXES or start in _PICKLE_PROTOCOLS:
        raise BadPackage(f"{folder}: {name!r} is no file that a package may hold. {_REMEDY}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
