"""A list of a folder's files with sizes and SHA-256, written, signed and compared."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from automl_tasks.serve.errors import BadPackage
from automl_tasks.serve.keys import check_signature, sign
from automl_tasks.serve.strict import parse_json

__all__ = ["compare", "describe", "files_of", "read_list", "signature_file", "write_list"]

_REMEDY = "Do not use it; register the model again from its run"


def files_of(folder: Path, ignored: frozenset[str]) -> Iterator[tuple[str, Path]]:
    """Files with their paths below the folder, those of `ignored` left out.

    Raises
    ------
    BadPackage
        At a link, or at anything else that is neither file nor folder.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise BadPackage(f"{folder}: {name!r} is a link. {_REMEDY}")
        if stat.S_ISDIR(mode):
            continue
        if not stat.S_ISREG(mode):
            raise BadPackage(f"{folder}: {name!r} is no plain file. {_REMEDY}")
        if name not in ignored:
            yield name, path


def describe(path: Path) -> dict[str, Any]:
    """Size in bytes and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "size": path.stat().st_size}


def compare(folder: Path, present: Mapping[str, Path], listed: Mapping[str, Any], by: str) -> None:
    """Refuse a folder that holds anything but what its list says.

    Parameters
    ----------
    by
        Name of the list, for the message.

    Raises
    ------
    BadPackage
        Naming the first file that is missing, altered or unlisted.
    """
    for name in sorted(present.keys() - listed.keys()):
        raise BadPackage(f"{folder}: file {name!r} is not in the {by}. {_REMEDY}")
    for name, expected in sorted(listed.items()):
        path = present.get(name)
        if path is None:
            raise BadPackage(f"{folder}: file {name!r} is missing. {_REMEDY}")
        if path.stat().st_size != expected["size"] or describe(path) != expected:
            raise BadPackage(f"{folder}: file {name!r} was altered. {_REMEDY}")


def signature_file(name: str) -> str:
    """``manifest.sig`` for ``manifest.json``."""
    return f"{Path(name).stem}.sig"


def write_list(folder: Path, name: str, content: dict[str, Any]) -> bytes:
    """Write a list, and its signature where a key is configured; returns the list's bytes."""
    text = (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()
    (folder / name).write_bytes(text)
    signature = sign(_message(name, text))
    if signature is not None:
        (folder / signature_file(name)).write_text(signature + "\n")
    return text


def read_list(folder: Path, name: str, known_format: int) -> tuple[dict[str, Any], bytes]:
    """A list with its ``files``, and its bytes; the signature is checked before it is parsed.

    Raises
    ------
    BadPackage
        When it is absent, not signed with the configured key, unreadable or of another format.
    """
    text = _bytes(folder, name)
    if text is None:
        raise BadPackage(f"{folder}: no {name}, so this is no complete package. {_REMEDY}")
    signature = _bytes(folder, signature_file(name))
    signed = signature.decode("ascii", "replace") if signature is not None else None
    check_signature(_message(name, text), signed, f"{folder}: {name}")
    try:
        content = parse_json(text)
        found, files = content["format"], content["files"]
        complete = all({"sha256", "size"} <= entry.keys() for entry in files.values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadPackage(f"{folder}: {name} cannot be read ({error}). {_REMEDY}") from error
    if found != known_format or not complete:
        raise BadPackage(
            f"{folder}: {name} is of format {found!r}, this code reads format {known_format}. "
            "Install the version of Nightshift that wrote it"
        )
    return content, text


def _message(name: str, text: bytes) -> bytes:
    """What is signed: with its name, so that one list's signature is none of another's."""
    return b"nightshift " + name.encode() + b"\n" + text


def _bytes(folder: Path, name: str) -> bytes | None:
    path = folder / name
    if path.is_symlink():
        raise BadPackage(f"{folder}: {name!r} is a link. {_REMEDY}")
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise BadPackage(f"{folder}: {name!r} cannot be read ({error.strerror})") from error
