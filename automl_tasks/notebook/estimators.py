"""The engine as scikit-learn estimators."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from automl_tasks.notebook.arguments import (
    Target,
    fit_arguments,
    float_target,
    plain_array,
    row_weights,
    rows,
)
from automl_tasks.notebook.errors import UnusableInput, value_errors
from automl_tasks.notebook.fitting import fit_frame
from automl_tasks.notebook.labels import ClassLabels
from automl_tasks.problem import Task

__all__ = ["AutoMLClassifier", "AutoMLRegressor"]


class _AutoML(BaseEstimator):  # type: ignore[misc]  # untyped sklearn
    """What both estimators share; see `AutoMLClassifier` for the parameters."""

    _tasks: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        *,
        minutes: float = 5.0,
        trials: int | None = None,
        metric: str | None = None,
        memory_gb: float = 4.0,
        split: str = "auto",
        time: str | None = None,
        holdout: float = 0.0,
        ignore: tuple[str, ...] | str = (),
        seed: int = 0,
        settings: dict[str, Any] | None = None,
        progress: bool = False,
    ) -> None:
        self.minutes = minutes
        self.trials = trials
        self.metric = metric
        self.memory_gb = memory_gb
        self.split = split
        self.time = time
        self.holdout = holdout
        self.ignore = ignore
        self.seed = seed
        self.settings = settings
        self.progress = progress

    def _fit(self, X: Any, y: NDArray[Any], target: Target) -> None:
        with value_errors():
            frame = rows(self, X, y)
            found = fit_frame(frame, target, fit_arguments(self, target.task))
        self.model_, self.plan_ = found.model, found.plan
        self.leaderboard_, self.notes_ = found.leaderboard, found.notes

    def _rows(self, X: Any) -> pd.DataFrame:
        check_is_fitted(self)
        return rows(self, X)

    def _raw(self, X: Any) -> NDArray[np.float64]:
        frame = self._rows(X)
        return self.model_.predict_raw(frame)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.non_deterministic = self.trials is None  # the clock decides how many trials run
        return tags


class AutoMLClassifier(ClassifierMixin, _AutoML):  # type: ignore[misc]  # untyped sklearn
    """The best ensemble of classifiers that a budget gives.

    Frames are taken as they are: texts, dates, categories and missing values are features.

    Parameters
    ----------
    minutes
        Wall-clock budget of `fit`: plan, search, ensemble and refit.
    trials
        At most so many configurations are tried, whatever time is left; the same seed then gives
        the same model.
    metric
        What is optimised; default: ``roc_auc`` for two classes, else ``log_loss``.
    memory_gb
        Of one trial.
    split
        ``random``, ``blocks`` (of neighbouring rows), ``time`` (rows are in time order) or
        ``auto``: time when `time` is given, blocks when neighbours have like targets.
    time
        Column that orders the rows.
    holdout
        Share of rows that only `automl_tasks.notebook.evaluate` would look at; 0: all rows train.
    ignore
        Columns that are not features.
    seed
        Of every random choice.
    settings
        Any other key of a problem file (docs/problem-file.md), such as ``{"roles": {...}}``.
    progress
        Draw a progress bar on standard error.

    Attributes
    ----------
    classes_ : (k,) array
        Sorted labels, of the type of `y`.
    leaderboard_ : DataFrame
        Every trial with its out-of-fold score, the best first.
    model_ : FittedModel
        The ensemble.
    plan_ : Plan
        What was decided before the search: roles, folds, configurations, budget.
    notes_ : list of str
        What the engine found worth saying.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Search within the budget.

        Parameters
        ----------
        X : (n, columns) frame or array
        y : (n,) array of labels
        sample_weight : (n,) array
            What each row counts, in training and in the metric; default: all the same.

        Raises
        ------
        UnusableInput
            A ValueError: rows, labels or parameters with which no search can begin.
        SearchError
            When every trial failed, with the commonest reasons.
        """
        array = plain_array(y)
        check_classification_targets(array)
        labels, weight = ClassLabels.of(array), row_weights(sample_weight, array)
        counted = np.unique(array if weight is None else array[weight != 0])
        if len(counted) < 2:
            raise UnusableInput(
                f"y has one class only ({', '.join(map(repr, counted))})",
                remedy="Give rows of at least two classes, with weights above 0",
            )
        task: Task = "binary" if len(labels.classes) == 2 else "multiclass"
        self._fit(X, array, Target(_name(y), labels.column(array), task, weight))
        self.classes_ = labels.classes
        self._positions = labels.positions(self.model_.classes or [])
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The label of each row: the most probable one, unless the metric rewards another."""
        frame = self._rows(X)
        codes = self.model_.codes(self.model_.predict_raw(frame), frame)
        return np.asarray(self.classes_[self._positions[codes]])

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """(n, k) probabilities in the order of ``classes_``; 0 for a class of one row."""
        raw = self._raw(X)
        probabilities = np.zeros((len(raw), len(self.classes_)))
        probabilities[:, self._positions] = raw
        return probabilities


class AutoMLRegressor(RegressorMixin, _AutoML):  # type: ignore[misc]  # untyped sklearn
    """The best ensemble of regressors that a budget gives.

    Parameters
    ----------
    metric
        What is optimised; default: ``rmse``.
    **others
        As of `AutoMLClassifier`; so are the attributes, but for ``classes_``.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Search within the budget; see `AutoMLClassifier.fit`."""
        array = float_target(y)
        weight = row_weights(sample_weight, array)
        self._fit(X, array, Target(_name(y), pd.Series(array), "regression", weight))
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """(n,) predicted values."""
        return self._raw(X)


def _name(y: Any) -> str:
    """What messages call the target."""
    name = getattr(y, "name", None)
    return name if isinstance(name, str) and name else "target"
