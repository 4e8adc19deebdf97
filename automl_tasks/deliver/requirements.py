"""What a consumer must install: numpy, pandas and the libraries of the chosen members only."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from automl_tasks.errors import PackageError

__all__ = ["requirements"]

_ALWAYS = (("numpy",), ("pandas",))
# One import name, several distributions: the first that is installed is the one that trained.
_LIBRARIES = {
    "lightgbm": ("lightgbm",),
    "xgboost": ("xgboost-cpu", "xgboost"),
    "catboost": ("catboost",),
}


def requirements(package: Path) -> list[str]:
    """Pinned requirements of a package, as pip reads them.

    Raises
    ------
    PackageError
        When a library that a member needs is not installed here.
    """
    kinds = {
        json.loads(path.read_text())["kind"] for path in (package / "members").glob("*/model.json")
    }
    libraries = [_LIBRARIES[kind] for kind in sorted(kinds & _LIBRARIES.keys())]
    return [_pinned(distributions) for distributions in [*_ALWAYS, *libraries]]


def _pinned(distributions: tuple[str, ...]) -> str:
    for name in distributions:
        try:
            return f"{name}=={version(name)}"
        except PackageNotFoundError:
            continue
    raise PackageError(
        f"library {distributions[0]!r} is not installed",
        where="package requirements",
        remedy="Install requirements.txt",
    )
