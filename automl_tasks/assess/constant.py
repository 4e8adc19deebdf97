"""The predictor that says the same of every row: whatever is no better has learned nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.measure import Labelling, Measure
from automl_tasks.search.metrics import METRICS, loss, score
from automl_tasks.search.offsets import best_offset

__all__ = ["Constant"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Constant:
    """What the labels of the development rows make of one answer for all.

    Attributes
    ----------
    y
        (n,) values, or class codes, of the development rows.
    weight
        (n,) weights of these rows; None: all equal.
    classes
        Of the problem; 0 for regression.
    """

    y: Array
    weight: Array | None
    classes: int

    def score(self, measure: Measure, y: Array, weight: Array | None = None) -> float:
        """Score of the constant that suits a measure, on other rows.

        The mean, or the quantile; the shares of the classes; of labels the one that the measure
        rewards most, since for F1 or costs that is seldom the commonest.

        Parameters
        ----------
        measure
            Of a model; the constant has a decision and an offset of its own.
        y, weight
            Labels and weights of the rows.
        """
        plain = measure.decided(Labelling())
        if METRICS[measure.name].needs == "labels":
            said = _certain(self._best_label(plain), self.classes, len(y))
        else:
            said = self._answer(plain, len(y))
        return score(plain, y, said, weight)

    def _answer(self, measure: Measure, rows: int) -> Array:
        if self.classes:
            return np.tile(self._shares(), (rows, 1))
        mean = np.full(len(self.y), np.average(self.y, weights=self.weight))
        offset = best_offset(measure, self.y, mean, self.weight)
        return np.full(rows, mean[0] + offset)

    def _shares(self) -> Array:
        counts = np.bincount(self.y, self.weight, minlength=self.classes)
        return np.asarray(counts / counts.sum())

    def _best_label(self, measure: Measure) -> int:
        """One row of each class stands for all, weighted by the class's share."""
        every, shares = np.arange(self.classes), self._shares()
        losses = [
            loss(measure, every, _certain(label, self.classes, self.classes), shares)
            for label in range(self.classes)
        ]
        return int(np.argmin(losses))


def _certain(label: int, classes: int, rows: int) -> Array:
    """(rows, classes) probabilities of a predictor that is sure of one label."""
    return np.tile(np.eye(classes)[label], (rows, 1))
