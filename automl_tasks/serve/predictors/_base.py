"""What all predictors share: which columns, in which type, and what becomes of the raw scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from .features import Features

__all__ = ["Predictor"]


class Predictor(ABC):
    """A fitted model that can predict and nothing else.

    Parameters
    ----------
    info
        Content of ``model.json``: kind, task, classes (their number), columns, categorical
        (positions of the columns that hold category codes), mean and scale of the target.
    model
        The native model, or arrays in its place.
    threads
        Threads that one prediction may use.
    """

    def __init__(self, info: dict[str, Any], model: Any, threads: int = 1) -> None:
        self.info = info
        self.model = model
        self.threads = threads
        self.task: str = info["task"]
        self.columns: list[str] = info["columns"]

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        """Read the native files of a saved model."""

    @abstractmethod
    def _scores(self, features: Features) -> np.ndarray:
        """(n,) standardised values or probabilities of the second class, or (n, classes)."""

    def predict(self, X: pd.DataFrame | Features) -> np.ndarray:
        """Predict from features as the pipeline of the model's recipe makes them.

        Parameters
        ----------
        X
            One `Features` for several models spares them to convert the same frame again.

        Returns
        -------
        (n,) array of values for regression, else (n, classes) array of probabilities, float64.
        """
        features = X if isinstance(X, Features) else Features(X)
        if features.names != self.columns:
            features = features.select(self.columns)
        scores = np.asarray(self._scores(features), dtype=np.float64)
        if self.task == "regression":
            return np.asarray(scores * self.info["scale"] + self.info["mean"])
        if self.task == "binary":
            return np.stack([1 - scores, scores], axis=1)
        # The float32 sums of some libraries miss one by more than a metric tolerates.
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))
