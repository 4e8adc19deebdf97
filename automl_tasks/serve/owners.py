"""Which modules the custom steps of a package may name: an owner's own, and no others.

To import a module is to run it, so a name in a JSON file must not choose freely among all that
is installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from automl_tasks.serve.errors import BadPackage

__all__ = ["check_owner_steps"]

_VARIABLE, _DEFAULT = "NIGHTSHIFT_STEP_MODULES", "nightshift_steps"


def check_owner_steps(package: Path, pipelines: Iterable[list[dict[str, Any]]]) -> None:
    """Refuse custom steps of a module that is neither allow-listed nor part of the model.

    Parameters
    ----------
    package
        Its model's own code lies in ``../../code``, where the seal covers it.

    Raises
    ------
    BadPackage
        Naming the class.
    """
    code = package.resolve().parent.parent / "code"
    for step in (step for pipeline in pipelines for step in pipeline if step["kind"] == "custom"):
        module = str(step["class"]).rpartition(".")[0]
        if not (_is_allowed(module) or _lies_in(code, module)):
            raise BadPackage(
                f"{package}: step class {step['class']!r} is of no module that steps may name; "
                f"set {_VARIABLE} to allow it, if it is yours"
            )


def _is_allowed(module: str) -> bool:
    prefixes = os.environ.get(_VARIABLE, _DEFAULT).split(",")
    return any(
        module == prefix or module.startswith(f"{prefix}.")
        for prefix in map(str.strip, prefixes)
        if prefix
    )


def _lies_in(code: Path, module: str) -> bool:
    parts = module.split(".")
    if parts[0] in sys.stdlib_module_names or not all(map(str.isidentifier, parts)):
        return False
    file = code.joinpath(*parts)
    return file.with_suffix(".py").is_file() or (file / "__init__.py").is_file()
