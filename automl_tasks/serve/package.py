"""Read a package: verify every file, then rebuild the model from JSON and native files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from automl_tasks.serve.columns import Column
from automl_tasks.serve.errors import BadPackage
from automl_tasks.serve.manifest import verify_manifest
from automl_tasks.serve.model import Member, Model

__all__ = ["MODEL_FILE", "PACKAGE_FORMAT", "load"]

MODEL_FILE = "model.json"
PACKAGE_FORMAT = 1


def load(folder: str | Path, *, threads: int = 1) -> Model:
    """Load a package.

    Parameters
    ----------
    folder
        The package's folder.
    threads
        Threads that one prediction may use.

    Raises
    ------
    BadPackage
        Naming the file that is missing, altered or foreign; nothing of it was parsed.
    """
    folder = Path(folder)
    listed = verify_manifest(folder)
    if MODEL_FILE not in listed:
        raise BadPackage(f"{folder}: file {MODEL_FILE!r} is missing from the manifest")
    info: dict[str, Any] = json.loads((folder / MODEL_FILE).read_text())
    if info.get("format") != PACKAGE_FORMAT:
        raise BadPackage(
            f"{folder}: {MODEL_FILE} is of format {info.get('format')!r}, this code reads format "
            f"{PACKAGE_FORMAT}. Install the version of Nightshift that wrote it"
        )
    columns = [Column(**each) for each in info["columns"]]
    steps = {name: json.loads(_inside(folder, name).read_text()) for name in _steps(info)}
    return Model(info, columns, steps, [_member(folder, each, threads) for each in info["members"]])


def _steps(info: dict[str, Any]) -> list[str]:
    return sorted({each["steps"] for each in info["members"]})


def _member(folder: Path, entry: dict[str, Any], threads: int) -> Member:
    from automl_tasks.serve.predictors import load_predictor

    predictor = load_predictor(_inside(folder, entry["folder"]), threads=threads)
    return Member(entry["id"], float(entry["weight"]), entry["steps"], predictor)


def _inside(folder: Path, name: str) -> Path:
    """A path of the package; the manifest vouches only for what lies inside."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadPackage(f"{folder}: {MODEL_FILE} points outside of the package ({name!r})")
    return path
