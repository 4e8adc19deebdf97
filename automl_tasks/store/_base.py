"""The store: keys like ``bike_sharing/snapshots/3f2a…`` that name JSON files or whole folders.

A folder appears complete or not at all (written under a temporary name, then renamed), so a
reader never needs to ask whether a writer was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from automl_tasks.errors import ProblemError, TransientError

__all__ = ["Store", "open_store"]

_STAGING = ".staging"
_ABANDONED_SECONDS = 48 * 3600  # twice the longest budget of a search


class Store:
    """A folder tree with atomic writes.

    Parameters
    ----------
    root
        The folder; created when missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """Local path of a key; refuses keys that leave the store."""
        path = (self.root / key).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise ValueError(f"key {key!r} leaves the store")
        return path

    def exists(self, key: str) -> bool:
        return self.path(key).exists()

    def list(self, prefix: str) -> list[str]:
        """Names directly below a key, sorted; empty when there is no such key."""
        folder = self.path(prefix)
        if not folder.is_dir():
            return []
        return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))

    def read_json(self, key: str) -> Any:
        """The JSON value under a key; raises FileNotFoundError when there is none."""
        return json.loads(self.path(key).read_text(encoding="utf-8"))

    def write_json(self, key: str, value: Any) -> None:
        """Replace a JSON file in one step; NaN and infinity are refused, as JSON has none."""
        text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n"
        self.write_bytes(key, text.encode())

    def write_bytes(self, key: str, content: bytes) -> None:
        """Replace a file in one step."""
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = self._staging_path()
        try:
            with staged.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            staged.replace(target)
        finally:
            staged.unlink(missing_ok=True)

    @contextmanager
    def new_folder(self, key: str) -> Iterator[Path]:
        """A temporary folder that becomes `key` when the block ends without an error.

        When `key` exists already (another attempt finished first) the new one is dropped:
        folders are immutable, and keys are derived from their content or their run.
        """
        staged = self._staging_path()
        staged.mkdir()
        try:
            yield staged
            target = self.path(key)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                staged.rename(target)
            except OSError:
                if not target.is_dir():
                    raise
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def delete(self, key: str) -> None:
        """Remove a file or folder, in one step for readers; missing keys are fine."""
        path, staged = self.path(key), self._staging_path()
        try:
            path.rename(staged)
        except FileNotFoundError:
            return
        if staged.is_dir():
            shutil.rmtree(staged, ignore_errors=True)
        else:
            staged.unlink(missing_ok=True)

    @contextmanager
    def lock(self, key: str, *, wait: bool = True) -> Iterator[bool]:
        """Exclusive lock, released by the kernel when its holder dies.

        Yields
        ------
        bool
            False when `wait` is false and somebody else holds it.
        """
        path = self.path(f".locks/{key.replace('/', '~')}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def sweep(self) -> None:
        """Remove what writers that were killed left behind, once no writer can still be at work."""
        staging = self._staging_path().parent
        for entry in staging.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - entry.stat().st_mtime > _ABANDONED_SECONDS:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def _staging_path(self) -> Path:
        folder = self.root / _STAGING
        folder.mkdir(exist_ok=True)
        return folder / uuid.uuid4().hex


def open_store(url: str) -> Store:
    """Open the store at a local path or ``file://`` URL.

    Raises
    ------
    ProblemError
        For a scheme that no store serves.
    TransientError
        When the folder cannot be created or written.
    """
    path = unquote(url.removeprefix("file://")) if url.startswith("file://") else url
    if "://" in path:
        raise ProblemError(
            f"no store serves {url.split('://', maxsplit=1)[0]}:// yet",
            where="NIGHTSHIFT_STORE",
            remedy="Give a folder that all Nightshift processes share",
        )
    try:
        store = Store(Path(path))
        store.sweep()
    except OSError as error:
        raise TransientError(
            f"the store cannot be opened ({error.strerror})",
            where=path,
            remedy="Check the folder's owner, rights and free space",
        ) from error
    return store
