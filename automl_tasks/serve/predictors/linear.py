"""Linear and logistic models: a matrix of coefficients."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np

from ._base import Predictor
from .features import Features

__all__ = ["LinearPredictor", "sigmoid", "softmax"]

FILE = "coefficients.npz"


class LinearPredictor(Predictor):
    """Predicts with arrays ``coefficients`` (columns, outputs) and ``intercept`` (outputs,)."""

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(info, dict(arrays), threads)

    def _scores(self, features: Features) -> np.ndarray:
        array = features.array.astype(np.float64, copy=False)
        scores = array @ self.model["coefficients"] + self.model["intercept"]
        if self.task == "regression":
            return np.asarray(scores[:, 0])
        return sigmoid(scores[:, 0]) if self.task == "binary" else softmax(scores)


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """Probability of log odds, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)))


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities of each row's scores, without overflow."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
