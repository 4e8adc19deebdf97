"""Perceptrons in numpy: a few nets side by side, trained by Adam on mini-batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from automl_tasks.serve.predictors.mlp import Layer

__all__ = ["Adam", "Nets"]


class Nets:
    """Weights of all nets and layers as views of one vector, so that a step is few operations.

    Parameters
    ----------
    sizes
        Inputs, units of each hidden layer, outputs.
    nets
        Nets side by side; they differ in their first weights and in dropout.
    """

    def __init__(self, sizes: list[int], nets: int, rng: np.random.Generator) -> None:
        self.sizes = sizes
        self.nets = nets
        width = sum(nets * (a + 1) * b for a, b in pairwise(sizes))
        self.flat = np.zeros(width, dtype=np.float32)
        self._slope = np.zeros(width, dtype=np.float32)
        self.layers = self.views(self.flat)
        self._slopes = self.views(self._slope)
        self.decays = np.zeros(width, dtype=np.float32)
        for (weights, _), (decays, _) in zip(self.layers, self.views(self.decays), strict=True):
            # He et al. 2015, for rectified linear units
            weights[:] = rng.normal(scale=np.sqrt(2 / weights.shape[1]), size=weights.shape)
            decays[:] = 1
        self.layers[-1][0][:] *= 0.1

    def views(self, flat: np.ndarray) -> list[Layer]:
        """Weights (nets, inputs, units) and biases (nets, 1, units) of each layer in a vector."""
        layers, at = [], 0
        for inputs, units in pairwise(self.sizes):
            shapes = (self.nets, inputs, units), (self.nets, 1, units)
            parts = []
            for shape in shapes:
                size = int(np.prod(shape))
                parts.append(flat[at : at + size].reshape(shape))
                at += size
            layers.append((parts[0], parts[1]))
        return layers

    def forward(
        self, batch: np.ndarray, dropout: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """(nets, rows, outputs) scores, and what each layer was given."""
        inputs = [batch]
        for weights, biases in self.layers[:-1]:
            hidden = inputs[-1] @ weights
            hidden += biases
            np.maximum(hidden, 0, out=hidden)
            if dropout:
                kept = rng.integers(0, 256, hidden.shape, dtype=np.uint8) >= round(256 * dropout)
                hidden *= kept
                hidden *= np.float32(1 / (1 - dropout))
            inputs.append(hidden)
        weights, biases = self.layers[-1]
        return inputs[-1] @ weights + biases, inputs

    def slope(self, inputs: list[np.ndarray], residual: np.ndarray, dropout: float) -> np.ndarray:
        """Derivative of the loss by the vector of all weights.

        Parameters
        ----------
        residual : (nets, rows, outputs) array
            Derivative of the loss by the scores.
        """
        for at in range(len(self.layers) - 1, -1, -1):
            given, (weights, biases) = inputs[at], self._slopes[at]
            np.matmul(np.swapaxes(given, -1, -2), residual, out=weights)
            residual.sum(axis=1, keepdims=True, out=biases)
            if at:
                residual = residual @ np.swapaxes(self.layers[at][0], -1, -2)
                residual *= given > 0  # what dropout hid is zero too
                if dropout:
                    residual *= np.float32(1 / (1 - dropout))
        return self._slope


@dataclass
class Adam:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019), in place.

    Attributes
    ----------
    decays : (weights,) array
        1 where decay applies (weights), 0 where not (biases).
    """

    decays: np.ndarray
    decay: float
    steps: int = 0
    first: np.ndarray = field(init=False)
    second: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.first = np.zeros_like(self.decays)
        self.second = np.zeros_like(self.decays)
        self._work = np.empty_like(self.decays)

    def update(self, flat: np.ndarray, slope: np.ndarray, rate: float) -> None:
        """Move `flat` against `slope`; `slope` is used up."""
        self.steps += 1
        work = self._work
        self.first *= np.float32(0.9)
        np.multiply(slope, np.float32(0.1), out=work)
        self.first += work
        self.second *= np.float32(0.98)
        np.square(slope, out=work)
        work *= np.float32(0.02)
        self.second += work
        np.sqrt(self.second, out=work)
        work += np.float32(1e-8)
        np.divide(self.first, work, out=work)
        scale = rate * np.sqrt(1 - 0.98**self.steps) / (1 - 0.9**self.steps)
        work *= np.float32(scale)
        np.multiply(self.decays, flat, out=slope)
        slope *= np.float32(rate * self.decay)
        flat -= work
        flat -= slope
