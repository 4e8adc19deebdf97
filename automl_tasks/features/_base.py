"""What all feature steps share: a scikit-learn face on one fitted dictionary."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from automl_tasks.serve.steps import Table, apply_step
from automl_tasks.serve.steps.table import to_frame, to_table

__all__ = ["FrameTransformer", "Step"]


class FrameTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped sklearn
    """Fits on frames (arrays are named x0, x1, …) and gives frames.

    At prediction a frame may lack columns, which then count as missing, and have others.
    """

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        if isinstance(X, pd.DataFrame):
            if reset:
                self.feature_names_in_ = np.array([str(name) for name in X.columns], dtype=object)
                self.n_features_in_ = X.shape[1]
            return X
        array = validate_data(
            self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan", ensure_2d=True
        )
        return pd.DataFrame({f"x{at}": array[:, at] for at in range(array.shape[1])})

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags


class Step(FrameTransformer):
    """One feature step: ``fit`` computes ``state_``, serve's function of its kind applies it.

    Parameters
    ----------
    columns
        Columns to work on; default: all.

    Attributes
    ----------
    looks_at_target
        Whether it learns from the labels, so that each fold needs its own.
    """

    looks_at_target: ClassVar[bool] = False

    def __init__(self, columns: list[str] | None = None) -> None:
        self.columns = columns

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self.columns == []

    @abstractmethod
    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:
        """State of the step, strict JSON with the ``kind`` under which serve knows it."""

    def fit_apply(self, table: Table, y: np.ndarray | None) -> Table:
        """Fit, and give the training rows as a model should see them.

        A step that looks at the target gives each row what the other rows say of it.
        """
        self.state_ = self.fit_table(table, y)
        return apply_step(self.state_, table)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the state from training rows."""
        table = to_table(self._frame(X, reset=True))
        self.state_ = self.fit_table(table, None if y is None else np.asarray(y))
        return self

    def fit_transform(self, X: Any, y: Any = None) -> pd.DataFrame:
        """Training rows as a model should see them; see `fit_apply`."""
        frame = self._frame(X, reset=True)
        target = None if y is None else np.asarray(y)
        return to_frame(self.fit_apply(to_table(frame), target), index=frame.index)

    def transform(self, X: Any) -> pd.DataFrame:
        """Apply the state with the code that a consumer runs."""
        check_is_fitted(self)
        frame = self._frame(X, reset=False)
        return to_frame(apply_step(self.state_, to_table(frame)), index=frame.index)

    def _columns(self, table: Table) -> list[str]:
        return list(table) if self.columns is None else [str(name) for name in self.columns]
