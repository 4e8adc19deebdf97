"""Where this installation lives: the only place that reads NIGHTSHIFT_* variables.

But for what travels with models: `automl_tasks.serve.keys` reads ``NIGHTSHIFT_SIGNING_KEY`` and
``NIGHTSHIFT_PUBLIC_KEY`` (or the files in ``…_FILE``) itself, and nothing keeps a key.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Settings", "current_settings", "problem_files"]

SERVICES_FILE = "services.json"
STEP_MODULES = "NIGHTSHIFT_STEP_MODULES"


@dataclass(frozen=True)
class Settings:
    """Folders and addresses of one installation.

    Attributes
    ----------
    home
        ``NIGHTSHIFT_HOME``; all state, default ``.nightshift`` in the working directory.
    store_url
        ``NIGHTSHIFT_STORE``; default: the folder ``store`` in `home`.
    tracking_uri
        ``MLFLOW_TRACKING_URI``; else the server that ``make up`` started; else SQLite in `home`.
    problem_folders
        ``NIGHTSHIFT_PROBLEMS``, separated as in PATH; default ``dags/problems`` beside the
        package and ``problems`` in `home`. Of two files of one name the later folder's counts.
    step_modules
        ``NIGHTSHIFT_STEP_MODULES``, comma-separated; modules, with all below them, whose classes
        a problem file may name as steps. Default ``nightshift_steps``.
    """

    home: Path
    store_url: str
    tracking_uri: str
    problem_folders: tuple[Path, ...]
    step_modules: tuple[str, ...] = ("nightshift_steps",)

    @property
    def mlflow_folder(self) -> Path:
        return self.home / "mlflow"


def current_settings() -> Settings:
    """Read the environment now; nothing is cached, so tests and tasks see changes."""
    home = Path(os.environ.get("NIGHTSHIFT_HOME") or ".nightshift").expanduser().resolve()
    folders = os.environ.get("NIGHTSHIFT_PROBLEMS")
    modules = os.environ.get(STEP_MODULES, "nightshift_steps").split(",")
    repository = Path(__file__).resolve().parent.parent
    return Settings(
        home=home,
        store_url=os.environ.get("NIGHTSHIFT_STORE") or str(home / "store"),
        tracking_uri=os.environ.get("MLFLOW_TRACKING_URI") or _tracking_uri(home),
        problem_folders=tuple(Path(folder) for folder in folders.split(os.pathsep) if folder)
        if folders
        else (repository / "dags" / "problems", home / "problems"),
        step_modules=tuple(module.strip() for module in modules if module.strip()),
    )


def _tracking_uri(home: Path) -> str:
    try:
        services = json.loads((home / SERVICES_FILE).read_text())
        return str(services["mlflow_url"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"sqlite:///{home / 'mlflow' / 'mlflow.db'}"


def problem_files(settings: Settings | None = None) -> dict[str, Path]:
    """Problem files by name (the file's stem), in alphabetical order."""
    found: dict[str, Path] = {}
    for folder in (settings or current_settings()).problem_folders:
        found.update({path.stem: path for path in folder.glob("*.yaml")})
    return dict(sorted(found.items()))
