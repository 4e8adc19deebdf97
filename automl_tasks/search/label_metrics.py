"""Metrics of labels, on rows whose labels a decision makes of probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.formulas import (
    Counts,
    accuracy,
    balanced_accuracy,
    count,
    f1,
    matthews,
    mean_cost,
)
from automl_tasks.search.measure import Measure

__all__ = ["COUNTED", "LabelRows", "cost_table", "sign"]

Array = NDArray[Any]

# Metrics that follow from each class's counts; ``cost`` alone needs the pairs.
COUNTED: dict[str, Callable[[Counts], Array]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1": f1,
    "mcc": matthews,
}


@dataclass(frozen=True)
class LabelRows:
    """Rows with their true classes, and the measure by which labels for them are judged.

    Attributes
    ----------
    y
        (n,) class codes.
    probabilities
        (n, classes).
    weight
        (n,) weights; None: all equal.
    """

    measure: Measure
    y: Array
    probabilities: Array
    weight: Array | None

    @property
    def classes(self) -> int:
        return int(self.probabilities.shape[1])

    def value(self, labels: Array) -> float:
        """The metric of (n,) labels, by its own direction."""
        if self.measure.name == "cost":
            return mean_cost(self.y, labels, self.weight, cost_table(self.measure, self.classes))
        counts = count(self.y, labels, self.classes, self.weight)
        return float(COUNTED[self.measure.name](counts))

    def where(self, chosen: Array) -> LabelRows:
        """Some of the rows, by mask or position."""
        weight = None if self.weight is None else self.weight[chosen]
        return LabelRows(self.measure, self.y[chosen], self.probabilities[chosen], weight)

    def resampled(self, rng: np.random.Generator) -> LabelRows:
        """The same rows, each as often as a bootstrap would draw it (Poisson: about once)."""
        times = rng.poisson(1, len(self.y)).astype(np.float64)
        weight = times if self.weight is None else self.weight * times
        # A few rows may all be drawn 0 times.
        drawn = weight if weight.any() else self.weight
        return LabelRows(self.measure, self.y, self.probabilities, drawn)


def cost_table(measure: Measure, classes: int) -> Array:
    """(true class, predicted class) costs; 1 a mistake when the measure has none."""
    return 1 - np.eye(classes) if measure.costs is None else np.asarray(measure.costs)


def sign(measure: Measure) -> int:
    """1 where more is better, else -1."""
    return -1 if measure.name == "cost" else 1
