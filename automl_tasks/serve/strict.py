"""JSON as a package may hold it: finite numbers, readable depth; anything else is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from automl_tasks.serve.errors import BadPackage

__all__ = ["parse_json", "read_json"]


def read_json(path: Path) -> Any:
    """The JSON value of a file.

    Raises
    ------
    BadPackage
        Naming the file that is no JSON, nests too deeply, or holds NaN or infinity.
    """
    try:
        return parse_json(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadPackage(f"{path.parent}: {path.name!r} cannot be read ({error})") from error


def parse_json(content: bytes) -> Any:
    """The JSON value of UTF-8 text; ValueError or RecursionError when there is none."""
    return json.loads(content, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
