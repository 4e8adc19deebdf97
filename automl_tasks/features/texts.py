"""Text steps fitted once for all pipelines of a search.

What they learn, which terms there are and how they go together, says nothing of the target. Fitted
for each fold and recipe alone they would be most of the time of a search on text, and of the
preprocessing of its ensemble, in which equal steps are applied once.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from automl_tasks.problem import Role
from automl_tasks.serve.steps.values import Texts

from ._base import Step
from .recipes import RECIPES, Recipe
from .roles import FEATURE_ROLES, feature_columns
from .topics import TextTopics
from .words import TextTerms

__all__ = ["FittedTexts"]


class FittedTexts:
    """States of the text steps of some recipes.

    Parameters
    ----------
    frame
        Raw rows from which all of them learn.
    roles
        Of its columns.
    """

    def __init__(self, frame: pd.DataFrame, roles: dict[str, Role]) -> None:
        self._columns = {
            role: [name for name in feature_columns(roles) if roles[name] == role]
            for role in FEATURE_ROLES
        }
        self._table = {name: Texts.of(frame[name]) for name in self._columns["text"]}
        self._states: dict[str, dict[str, Any]] = {}

    def states(self, recipe: Recipe) -> dict[str, dict[str, Any]]:
        """States by `key_of`, those of this recipe among them."""
        for step in RECIPES[recipe](self._columns):
            key = self.key_of(step)
            fits = isinstance(step, TextTopics | TextTerms) and not step.idle
            if fits and key not in self._states:
                self._states[key] = step.fit_table(self._table, None)
        return self._states

    @staticmethod
    def key_of(step: Step) -> str:
        """Equal for steps that learn the same from the same rows."""
        return f"{type(step).__name__} {sorted(step.get_params().items())}"
