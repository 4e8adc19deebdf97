"""What users give to `fit` and `predict`, checked as scikit-learn checks it, as frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from automl_tasks.errors import ProblemError
from automl_tasks.ingest import plain_frame
from automl_tasks.problem import Problem, Task
from automl_tasks.problem.explain import explain

__all__ = [
    "Arguments",
    "Target",
    "fit_arguments",
    "float_target",
    "plain_array",
    "row_weights",
    "rows",
]

_NAME = "notebook"
_SOURCE = "the data frame"


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Attributes
    ----------
    weight
        (n,) what each row counts; None: all the same.
    """

    name: str
    column: pd.Series
    task: Task
    weight: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Arguments:
    """Settings of one fit: keys of a problem file, without name, source and target."""

    settings: dict[str, Any]
    minutes: float
    trials: int | None
    progress: bool

    def problem(self, target: str, weight: str | None = None) -> Problem:
        """The problem of a frame in which the target and the rows' weights have these names.

        Raises
        ------
        ProblemError
            Naming each parameter that is not as it should be.
        """
        content = {"name": _NAME, "source": _SOURCE, "target": target, **self.settings}
        content |= {"weight": weight} if weight else {}
        try:
            return Problem.model_validate(content)
        except ValidationError as error:
            raise ProblemError(explain(error), where="parameters") from error


def fit_arguments(estimator: Any, task: Task) -> Arguments:
    """An estimator's parameters as keys of a problem file."""
    own = {
        "task": task,
        "metric": estimator.metric,
        "split": estimator.split,
        "time": estimator.time,
        "holdout": estimator.holdout,
        "ignore": estimator.ignore,
        "seed": estimator.seed,
        "budget": {
            "minutes": estimator.minutes,
            "memory_gb": estimator.memory_gb,
            "trials": estimator.trials,
        },
    }
    settings = {**own, **(estimator.settings or {})}
    return Arguments(
        {key: _plain(value) for key, value in settings.items()},
        minutes=estimator.minutes,
        trials=estimator.trials,
        progress=estimator.progress,
    )


def rows(estimator: Any, X: Any, y: NDArray[Any] | None = None) -> pd.DataFrame:
    """The rows as a plain frame; with `y`, the estimator learns its columns from them."""
    reset = y is not None
    if isinstance(X, pd.DataFrame):
        frame = plain_frame(X)
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    else:
        array = check_array(
            X,
            dtype=None,
            ensure_all_finite=False,
            ensure_min_samples=2 if reset else 1,
            estimator=estimator,
            input_name="X",
        )
        validate_data(estimator, array, reset=reset, skip_check_array=True)
        frame = pd.DataFrame({f"x{at}": array[:, at] for at in range(array.shape[1])})
    if y is not None:
        check_consistent_length(frame, y)
    return frame.infer_objects()


def row_weights(sample_weight: Any, y: NDArray[Any]) -> NDArray[np.float64] | None:
    """(n,) weights as scikit-learn reads them; None when none are given."""
    if sample_weight is None:
        return None
    return np.asarray(_check_sample_weight(sample_weight, y), dtype=np.float64)


def plain_array(y: Any) -> NDArray[Any]:
    """(n,) labels in NumPy's own types, none of them missing."""
    array = pd.Series(column_or_1d(_present(y), warn=True)).infer_objects().to_numpy()
    return np.asarray(check_array(array, ensure_2d=False, dtype=None, input_name="y"))


def float_target(y: Any) -> NDArray[np.float64]:
    """(n,) finite numbers."""
    flat = column_or_1d(_present(y), warn=True)
    return np.asarray(check_array(flat, ensure_2d=False, dtype=np.float64, input_name="y"))


def _present(y: Any) -> Any:
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    return y


def _plain(value: Any) -> Any:
    """NumPy's scalars, which grids of parameters are made of, as Python's."""
    return value.item() if isinstance(value, np.generic) else value
