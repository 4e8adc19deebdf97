"""Multilayer perceptrons: a few nets side by side, their predictions averaged."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from ._base import Predictor
from .features import Features
from .linear import sigmoid, softmax

__all__ = ["Layer", "MLPPredictor", "averaged"]

FILE = "layers.npz"
_CELLS = 100_000  # as many values of a layer stay in the processor's cache

Layer = tuple[np.ndarray, np.ndarray]
"""Weights (nets, inputs, units) and biases (nets, 1, units)."""


class MLPPredictor(Predictor):
    """Predicts with arrays ``weights0`` (nets, inputs, units), ``biases0`` (nets, 1, units), …"""

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(info, dict(arrays), threads)

    @cached_property
    def _layers(self) -> list[Layer]:
        """In float64: in float32 a row's prediction would depend on how many others come along."""
        wide = {name: array.astype(np.float64) for name, array in self.model.items()}
        return [(wide[f"weights{at}"], wide[f"biases{at}"]) for at in range(len(wide) // 2)]

    def _scores(self, features: Features) -> np.ndarray:
        return averaged(self._layers, features.array.astype(np.float64), self.task)


def averaged(layers: list[Layer], array: np.ndarray, task: str) -> np.ndarray:
    """Mean over the nets: (n,) values or probabilities of the second class, or (n, classes)."""
    widest = max(weights.shape[2] * len(weights) for weights, _ in layers)
    step = max(1, _CELLS // widest)
    parts = [_mean(layers, array[at : at + step], task) for at in range(0, len(array), step)]
    outputs = np.concatenate(parts) if parts else np.empty((0, layers[-1][0].shape[2]))
    return outputs if task == "multiclass" else outputs[:, 0]


def _mean(layers: list[Layer], array: np.ndarray, task: str) -> np.ndarray:
    hidden = array
    for weights, biases in layers[:-1]:
        hidden = hidden @ weights
        hidden += biases
        np.maximum(hidden, 0, out=hidden)
    scores = (hidden @ layers[-1][0] + layers[-1][1]).astype(np.float64)
    if task == "multiclass":
        told = np.stack([softmax(each) for each in scores])
    else:
        told = sigmoid(scores) if task == "binary" else scores
    return np.asarray(told.mean(axis=0))
