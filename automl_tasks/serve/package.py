"""Read a package: verify every file, then rebuild the model from JSON and native files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automl_tasks.serve.background import load_background
from automl_tasks.serve.columns import Column
from automl_tasks.serve.errors import BadPackage
from automl_tasks.serve.manifest import verify_manifest
from automl_tasks.serve.model import Member, Model
from automl_tasks.serve.owners import check_owner_steps
from automl_tasks.serve.seal import verify_beside
from automl_tasks.serve.strict import read_json

__all__ = ["MODEL_FILE", "PACKAGE_FORMAT", "load"]

MODEL_FILE = "model.json"
PACKAGE_FORMAT = 1


def load(folder: str | Path, *, threads: int | None = None) -> Model:
    """Load a package.

    Parameters
    ----------
    folder
        The package's folder.
    threads
        That predict many rows at once, few rows take one; default: as many as there are cores.

    Raises
    ------
    BadPackage
        Naming the file that is missing, altered or foreign; nothing of it was parsed.
    ImportError
        When the library of a member is not installed.
    """
    folder = Path(folder)
    verify_beside(folder)
    listed = verify_manifest(folder)
    if MODEL_FILE not in listed:
        raise BadPackage(f"{folder}: file {MODEL_FILE!r} is missing from the manifest")
    info: dict[str, Any] = read_json(folder / MODEL_FILE)
    try:
        return _rebuild(folder, info, threads)
    except (BadPackage, ImportError, MemoryError):
        raise
    except Exception as error:
        # Each native library has errors of its own for files that it cannot read.
        raise BadPackage(f"{folder}: the model cannot be rebuilt ({error!r})") from error


def _rebuild(folder: Path, info: dict[str, Any], threads: int | None) -> Model:
    if info.get("format") != PACKAGE_FORMAT:
        raise BadPackage(
            f"{folder}: {MODEL_FILE} is of format {info.get('format')!r}, this code reads format "
            f"{PACKAGE_FORMAT}. Install the version of Nightshift that wrote it"
        )
    from automl_tasks.serve.predictors import walk_together

    columns = [Column(**each) for each in info["columns"]]
    steps = {name: read_json(_inside(folder, name)) for name in _steps(info)}
    check_owner_steps(folder, steps.values())
    members = [_member(folder, each) for each in info["members"]]
    walk_together(each.predictor for each in members)
    return Model(info, columns, steps, members, load_background(folder), threads)


def _steps(info: dict[str, Any]) -> list[str]:
    return sorted({each["steps"] for each in info["members"]})


def _member(folder: Path, entry: dict[str, Any]) -> Member:
    from automl_tasks.serve.predictors import load_predictor

    predictor = load_predictor(_inside(folder, entry["folder"]))
    return Member(entry["id"], float(entry["weight"]), entry["steps"], predictor)


def _inside(folder: Path, name: str) -> Path:
    """A path of the package; the manifest vouches only for what lies inside."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadPackage(f"{folder}: {MODEL_FILE} points outside of the package ({name!r})")
    return path
