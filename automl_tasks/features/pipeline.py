"""From raw rows to a model's features: the steps of one recipe, fitted on training rows only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.nearest import did_you_mean
from automl_tasks.problem import Role
from automl_tasks.serve.steps import Table, apply_step, apply_steps
from automl_tasks.serve.steps.table import to_frame, to_table

from ._base import FrameTransformer, Step
from .basic import Read, Select
from .blind import States, step_key
from .custom import Custom
from .mandatory import build_steps, step_columns
from .recipes import CONSUMED, RECIPES, Recipe
from .roles import columns_by_role, feature_columns, role_of

__all__ = ["FeaturePipeline"]


class FeaturePipeline(FrameTransformer):
    """All feature steps between raw rows and a model.

    Parameters
    ----------
    recipe
        Key of ``RECIPES``: how the models of a family want their columns.
    roles
        From ``infer_roles``; default: from the values given to ``fit``.
    steps
        The problem's mandatory steps.

    Examples
    --------
    >>> pipeline = FeaturePipeline("tree", {"hour": "numeric"}, [{"log": "hour"}])
    >>> pipeline.fit_transform(pd.DataFrame({"hour": [0, 9]})).columns.tolist()
    ['hour', 'log(hour)']
    """

    def __init__(
        self,
        recipe: Recipe = "tree",
        roles: dict[str, Role] | None = None,
        steps: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.recipe = recipe
        self.roles = roles
        self.steps = steps

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn every step from training rows.

        Parameters
        ----------
        X : (n, columns) frame or array
        y : (n,) array, optional
            Encoded target: whole numbers are class codes, others values of a regression. Owner's
            steps and some recipes look at it.

        Raises
        ------
        DataError
            When no column is left that varies.
        ProblemError
            When a mandatory step names a column that is not there, or fails.
        """
        self._learn(self._frame(X, reset=True), y, {})
        return self

    def fit_transform(self, X: Any, y: Any = None, known: States | None = None) -> pd.DataFrame:
        """Fit, and give the features from which to train.

        Parameters
        ----------
        X, y
            As of `fit`.
        known
            States of steps that are fitted already, on more rows; others are fitted on these.

        Notes
        -----
        They differ from ``fit(X, y).transform(X)`` in columns that a step computes from the target
        (target encoding): there each training row gets what the *other* rows say of its level, or
        a model would read its own labels.
        """
        frame = self._frame(X, reset=True)
        return to_frame(self._learn(frame, y, known or {}), index=frame.index)

    def _learn(self, frame: pd.DataFrame, y: Any, known: States) -> Table:
        """Fit every step on the training rows as the one before left them."""
        target = None if y is None else np.asarray(y)
        roles = self.roles or {str(name): role_of(frame[name]) for name in frame.columns}
        wanted = {name: roles[name] for name in feature_columns(roles)}
        read = dict(step_columns(self.steps)) | wanted
        read = {name: role for name, role in read.items() if name in wanted or name in frame}
        self.steps_: list[Step] = []
        table = self._add(Read(list(read), read), to_table(frame), target)
        for step in build_steps(self.steps):
            _check_columns(step, table)
            table = self._add(step, table, target)
        wanted |= {name: _made_role(table[name]) for name in table if name not in read}
        columns = columns_by_role(wanted)
        if self.steps:  # types what they added, drops what only they needed
            table = self._add(Read(list(wanted), wanted), table, target)
        for step in RECIPES[self.recipe](columns):
            if not step.idle:
                state = known.get(step_key(step, self.recipe))
                table = self._add(step, table, target, state)
        consumed = {name for role in CONSUMED[self.recipe] for name in columns[role]}
        table = self._add(Select([name for name in table if name not in consumed]), table, None)
        if not table:
            raise DataError(
                "no column is left that varies and is neither an id nor ignored",
                where="features",
                remedy="Give columns that describe the rows, or set their roles in the problem",
            )
        return table

    def _add(
        self,
        step: Step,
        table: Table,
        target: np.ndarray | None,
        known: dict[str, Any] | None = None,
    ) -> Table:
        self.steps_.append(step)
        if known is None:
            return step.fit_apply(table, target)
        step.state_ = known
        return apply_step(known, table)

    def transform(self, X: Any) -> pd.DataFrame:
        """Features of rows: float32 or float64 numbers, int32 codes, object strings (catboost)."""
        check_is_fitted(self)
        return apply_steps(self.state(), self._frame(X, reset=False))

    def state(self) -> list[dict[str, Any]]:
        """The fitted steps as strict JSON, for ``serve.steps.apply_steps``."""
        check_is_fitted(self)
        return [step.state_ for step in self.steps_]

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:  # noqa: ARG002
        """Names of the features."""
        check_is_fitted(self)
        return np.array(list(self.steps_[-1].state_["columns"]), dtype=object)

    def custom_modules(self) -> list[Path]:
        """Sources of owner-written steps, to lie beside the serve code in a package."""
        steps = build_steps(self.steps)
        return sorted({step.module() for step in steps if isinstance(step, Custom)})


def _made_role(values: np.ndarray) -> Role:
    """Role of a column that an owner's step added: always a feature, or why add it."""
    if values.dtype.kind in "biuf":
        return "numeric"
    role = role_of(pd.Series(values))
    return "high_cardinality" if role == "id" else "categorical" if role == "constant" else role


def _check_columns(step: Step, table: Table) -> None:
    for name in step.columns or ():
        if name not in table:
            raise ProblemError(
                f"a step names column {name!r}, which is not there",
                where="steps",
                remedy=did_you_mean(name, table),
            )
