"""What all model families share."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.features.recipes import Recipe
from automl_tasks.problem import Task
from automl_tasks.serve.predictors import Predictor

from ._stopper import Pace, Stopper

__all__ = ["Family", "Fitted", "Training"]


class Fitted:
    """A trained model.

    Parameters
    ----------
    predictor
        Predicts with the code that a consumer runs.
    write
        Writes the native files into a folder.
    iterations
        Boosting rounds or trees, to train as many again on all rows; None where that is no
        choice of the training.

    Attributes
    ----------
    pace
        What the clock may have decided: given to another `Family.fit`, it gives the same model.
    """

    pace = Pace()

    def __init__(
        self, predictor: Predictor, write: Callable[[Path], object], iterations: int | None
    ) -> None:
        self.predictor = predictor
        self.iterations = iterations
        self._write = write

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """(n,) values for regression, else (n, classes) probabilities."""
        return self.predictor.predict(X)

    def save(self, folder: str | Path) -> None:
        """Write the native files and ``model.json``; the folder is made when absent."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._write(folder)
        text = json.dumps(self.predictor.info, indent=1, allow_nan=False)
        (folder / "model.json").write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Training:
    """One training: rows, limits, and the facts that every family needs of them.

    Attributes
    ----------
    y
        Class codes, or the standardised target of a regression: huge or tiny units neither lose
        digits nor defeat the defaults of a library.
    valid
        Held-back features and target, likewise.
    weight, valid_weight
        How much each row counts, 1 in the mean of the training rows; None: all alike.
    quantile
        Which a regression shall predict; None: the mean.
    iterations
        Asked for by the caller: exactly so many without `valid`, at most so many with it.
    """

    X: pd.DataFrame
    y: np.ndarray
    valid: tuple[pd.DataFrame, np.ndarray] | None
    weight: np.ndarray | None
    valid_weight: np.ndarray | None
    task: Task
    classes: int
    params: dict[str, Any]
    quantile: float | None
    iterations: int | None
    threads: int
    seed: int
    stopper: Stopper
    info: dict[str, Any]

    @property
    def categorical(self) -> list[int]:
        """Positions of the columns that hold category codes or strings."""
        positions: list[int] = self.info["categorical"]
        return positions

    def rounds(self, default: int = 300, most: int = 10_000) -> int:
        """Iterations to ask the library for."""
        if self.iterations is not None:
            return self.iterations
        return default if self.valid is None else most


class Family(ABC):
    """A kind of model: how to train it, and good configurations to begin with.

    Attributes
    ----------
    name
        Key in ``FAMILIES``.
    recipe
        Feature recipe that it wants unless a configuration names another.
    kind
        Kind of ``serve.predictors`` that predicts with it.
    stops_early
        Whether it uses held-back rows; others are better trained on all.
    patience
        Iterations without progress on the held-back rows before it stops.
    keeps_time
        Whether a training that is out of time ends with what it has.
    fits_into_time
        Whether it plans its steps by the time that it gets, so that more of it is of use.
    """

    name: str
    recipe: Recipe
    kind: str
    stops_early: bool = False
    patience: int = 30
    keeps_time: bool = True
    fits_into_time: bool = False

    def recipe_of(self, params: dict[str, Any]) -> Recipe:
        """Feature recipe of a configuration: its ``recipe``, or the family's."""
        recipe: Recipe = params.get("recipe", self.recipe)
        return recipe

    def supports(self, task: Task, rows: int, columns: int) -> bool:  # noqa: ARG002
        """Whether the family can be trained on data of this size in reasonable memory."""
        return True

    def effort(self, params: dict[str, Any]) -> float:  # noqa: ARG002
        """Times the training of the family's first configuration, where the parameters tell."""
        return 1.0

    @abstractmethod
    def portfolio(self, task: Task, rows: int) -> list[dict[str, Any]]:
        """Good parameters to begin with, the best first."""

    @abstractmethod
    def _train(self, training: Training) -> Fitted:
        """Train on what `fit` prepared."""

    def fit(
        self,
        X: pd.DataFrame,
        y: np.ndarray,
        *,
        task: Task,
        params: dict[str, Any],
        classes: int,
        valid: tuple[pd.DataFrame, np.ndarray] | None,
        threads: int,
        seed: int,
        seconds: float,
        quantile: float | None = None,
        weight: np.ndarray | None = None,
        valid_weight: np.ndarray | None = None,
        pace: Pace | None = None,
    ) -> Fitted:
        """Train one configuration.

        Parameters
        ----------
        X : (n, columns) frame
            From ``FeaturePipeline(self.recipe_of(params), …).fit_transform(frame, y)``.
        y : (n,) array
            From ``TargetCodec.encode``.
        params
            The library's own names; ``iterations``: exactly so many when `valid` is None;
            ``recipe``, which made `X`.
        classes
            Number of classes; 0 for regression.
        valid
            Features and target of held-back rows: boosting stops early on their log loss,
            squared or quantile error.
        seconds
            The training stops itself by then and keeps what it has.
        quantile
            That a regression shall predict, 0.5 for the least absolute errors; None: the mean.
            Families that know only squared errors predict the mean all the same.
        weight, valid_weight : (n,) arrays, optional
            Non-negative; how much each training and held-back row counts.
        pace
            ``Fitted.pace`` of an earlier training with the same arguments, which is repeated
            whatever time it takes; None: the clock decides.

        Returns
        -------
        Fitted, the same for the same arguments unless the time limit ended it.
        """
        params = dict(params)
        params.pop("recipe", None)
        iterations = params.pop("iterations", None)
        stopper = Stopper(seconds, self.patience, pace=pace)
        weight = _mean_of_one(weight)
        mean, scale = _standard(y, weight) if task == "regression" else (0.0, 1.0)
        dtype = np.float64 if task == "regression" else np.int64
        info = {
            "kind": self.kind,
            "family": self.name,
            "task": task,
            "classes": classes,
            "columns": [str(name) for name in X.columns],
            "categorical": [
                at for at, dtype in enumerate(X.dtypes) if dtype in (np.dtype("int32"), object)
            ],
            "mean": mean,
            "scale": scale,
            "iterations": None,
        }
        fitted = self._train(
            Training(
                X=X,
                y=((np.asarray(y) - mean) / scale).astype(dtype),
                valid=valid and (valid[0], ((np.asarray(valid[1]) - mean) / scale).astype(dtype)),
                weight=weight,
                valid_weight=None if valid_weight is None else np.asarray(valid_weight, float),
                task=task,
                classes=classes,
                params=params,
                quantile=quantile if task == "regression" else None,
                iterations=iterations,
                threads=threads,
                seed=seed,
                stopper=stopper,
                info=info,
            )
        )
        fitted.pace = stopper.pace
        return fitted


def _mean_of_one(weight: np.ndarray | None) -> np.ndarray | None:
    """Weights on the scale on which the parameters of a family mean what they always mean."""
    if weight is None or not np.sum(weight) > 0:
        return None
    return np.asarray(weight / np.mean(weight), dtype=np.float64)


def _standard(y: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
    mean = float(np.average(y, weights=weight))
    deviation = float(np.sqrt(np.average((np.asarray(y) - mean) ** 2, weights=weight)))
    return mean, deviation if deviation > 0 else 1.0
