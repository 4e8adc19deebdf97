"""Owner's step from a class of their own, in an allow-listed module."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.errors import ProblemError
from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.table import to_frame
from automl_tasks.settings import STEP_MODULES, current_settings

from ._base import Step

__all__ = ["Custom", "load_class"]

_METHODS = ("fit", "transform", "get_state", "from_state")


def load_class(path: str) -> Any:
    """The class at a dotted path.

    Raises
    ------
    ProblemError
        When its module is not allow-listed or cannot be imported, or the class lacks a method.
    """
    where = f"step class {path!r}"
    module, _, name = path.rpartition(".")
    allowed = current_settings().step_modules
    if not any(module == prefix or module.startswith(f"{prefix}.") for prefix in allowed):
        raise ProblemError(
            f"module {module!r} is not allow-listed",
            where=where,
            remedy=f"Allowed: {', '.join(allowed) or 'none'}; set {STEP_MODULES} to allow more",
        )
    try:
        loaded = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ProblemError(
            f"cannot be imported ({error})", where=where, remedy="Put its module on PYTHONPATH"
        ) from error
    lacking = [method for method in _METHODS if not callable(getattr(loaded, method, None))]
    if lacking:
        raise ProblemError(
            f"has no {', '.join(lacking)}",
            where=where,
            remedy="A step class has fit(X, y), transform(X), get_state() and the class method "
            "from_state(state)",
        )
    return loaded


class Custom(Step):
    """Add (or replace) the columns that an owner's transformer makes.

    Parameters
    ----------
    path
        Dotted path of the class.
    params
        Keyword arguments of its constructor.
    """

    def __init__(self, path: str, params: dict[str, Any] | None = None) -> None:
        super().__init__(None)
        self.path = path
        self.params = params

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:
        where = f"step class {self.path!r}"
        frame = to_frame(table)
        try:
            step = load_class(self.path)(**(self.params or {}))
            step.fit(frame.copy(), y)
            state = step.get_state()
            made = step.transform(frame.copy())
        except ProblemError:
            raise
        except Exception as error:
            raise ProblemError(
                f"failed while fitting: {type(error).__name__}: {error}",
                where=where,
                remedy="Correct the class or its params",
            ) from error
        if not isinstance(made, pd.DataFrame) or len(made) != len(frame):
            raise ProblemError(
                "transform(X) must return a data frame with one row for each row of X", where=where
            )
        try:
            plain = json.loads(json.dumps(state, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise ProblemError(
                f"get_state() must return plain JSON without NaN ({error})", where=where
            ) from error
        return {"kind": "custom", "class": self.path, "state": plain}

    def module(self) -> Path:
        """Top-level file or folder of the class, as it must lie on the import path."""
        top = importlib.import_module(self.path.partition(".")[0])
        if top.__file__ is None:  # a namespace package
            return Path(next(iter(top.__path__)))
        file = Path(top.__file__)
        return file.parent if file.name == "__init__.py" else file
