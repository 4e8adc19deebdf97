"""Steps that never look at the target, learned once for all folds of a search.

What they learn, which levels, terms and quantiles there are, cannot tell a model about labels.
Learned for each fold alone they would be much of the time of a search, and the models of an
ensemble would each need a preprocessing of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.problem import Role
from automl_tasks.serve.steps import Table, apply_step
from automl_tasks.serve.steps.table import to_table

from ._base import Step
from .basic import Read
from .numeric import Piecewise, Scale
from .recipes import RECIPES, Recipe
from .roles import columns_by_role
from .topics import TextTopics
from .words import TextTerms

__all__ = ["BlindSteps", "States", "step_key"]

States = dict[str, dict[str, Any]]
"""States of fitted steps by `step_key`."""

_READ_OTHERS = (Scale, Piecewise)
_TEXTS = (TextTopics, TextTerms)


def step_key(step: Step, recipe: Recipe) -> str:
    """Equal for steps that learn the same from the same rows."""
    where = f"{recipe} " if isinstance(step, _READ_OTHERS) else ""
    return f"{where}{type(step).__name__} {sorted(step.get_params().items())}"


class BlindSteps:
    """States of the blind steps of some recipes.

    Parameters
    ----------
    frame
        Raw rows.
    roles
        Of its columns.
    rows
        Positions of those from which all steps learn; default: all.
    """

    def __init__(
        self, frame: pd.DataFrame, roles: dict[str, Role], rows: np.ndarray | None = None
    ) -> None:
        self._frame, self._rows, self._roles = frame, rows, roles
        self._columns = columns_by_role(roles)
        self._states: States = {}

    def texts(self, recipe: Recipe) -> States:
        """States of the steps on texts, which take longest; others may be among them."""
        for step in self._steps(recipe):
            if isinstance(step, _TEXTS):
                self._learn(step, recipe, self._texts)
        return self._states

    def all(self, recipe: Recipe) -> States:
        """States of all blind steps of a recipe; others may be among them."""
        steps = self._steps(recipe)
        if all(step_key(step, recipe) in self._states for step in steps):
            return self._states
        # Not kept: beside the raw rows it would take their memory twice.
        others = [name for role, names in self._columns.items() if role != "text" for name in names]
        table = self._read(others) | self._texts
        for at, step in enumerate(steps):
            state = self._learn(step, recipe, table)
            if any(isinstance(later, _READ_OTHERS) for later in steps[at + 1 :]):
                table = apply_step(state, table)
        return self._states

    @cached_property
    def _texts(self) -> Table:
        return self._read(self._columns["text"])

    def _read(self, names: list[str]) -> Table:
        if not names:
            return {}
        part = self._frame[names]
        part = part if self._rows is None else part.iloc[self._rows]
        return Read(names, {name: self._roles[name] for name in names}).fit_apply(
            to_table(part), None
        )

    def _steps(self, recipe: Recipe) -> Sequence[Step]:
        return [
            step
            for step in RECIPES[recipe](self._columns)
            if not step.idle and not step.looks_at_target
        ]

    def _learn(self, step: Step, recipe: Recipe, table: Table) -> dict[str, Any]:
        key = step_key(step, recipe)
        if key not in self._states:
            self._states[key] = step.fit_table(table, None)
        return self._states[key]
