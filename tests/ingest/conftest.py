from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from automl_tasks.ingest import Snapshot, take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def take(store: Store) -> Callable[..., Snapshot]:
    """Take a snapshot of a source; the target is column y unless told otherwise."""

    def take(source: object, *, lookup: Any = None, **keys: object) -> Snapshot:
        content = {"name": "toy", "source": source, "target": "y", **keys}
        if isinstance(source, Path):
            content["source"] = str(source)
        return take_snapshot(Problem.model_validate(content), store, lookup)

    return take


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file below the test's folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def snapshots(store: Store) -> Callable[[], list[str]]:
    """Everything of a problem in the store, hidden scratch folders included."""

    def names() -> list[str]:
        folder = store.path("toy")
        entries = [entry.name for entry in folder.iterdir()] if folder.exists() else []
        return store.list("toy/snapshots") + [name for name in entries if name.startswith(".")]

    return names
