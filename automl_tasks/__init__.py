"""Nightshift: from a table to a monitored champion.

For notebooks (docs/python-api.md)::

    from automl_tasks import AutoMLClassifier, AutoMLRegressor, Problem, search

The names are loaded when they are first used: Airflow imports this package at every parse.
"""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import Signature, signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl_tasks.notebook import AutoMLClassifier, AutoMLRegressor, search
    from automl_tasks.problem import Problem

__all__ = ["AutoMLClassifier", "AutoMLRegressor", "Problem", "search"]

_PLACES = {
    "AutoMLClassifier": "automl_tasks.notebook",
    "AutoMLRegressor": "automl_tasks.notebook",
    "Problem": "automl_tasks.problem",
}


def __getattr__(name: str) -> Any:
    if name == "search":
        return import_module("automl_tasks.search")
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _SearchPackage(ModuleType):
    """The package ``automl_tasks.search``, which calls the notebook function of the same name."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Search a problem; see ``automl_tasks.notebook.search``."""
        return _notebook_search()(*arguments, **options)

    @property
    def __signature__(self) -> Signature:
        return signature(_notebook_search())


class _Package(ModuleType):
    """The type of this package: Python writes each subpackage that it loads into an attribute."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "search" and isinstance(value, ModuleType):
            value.__class__ = _SearchPackage
        super().__setattr__(name, value)


def _notebook_search() -> Any:
    return import_module("automl_tasks.notebook").search


sys.modules[__name__].__class__ = _Package
