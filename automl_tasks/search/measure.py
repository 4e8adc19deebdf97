"""A metric together with what a problem says of it: quantile, costs, and how labels are decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.serve.labels import decide

__all__ = ["Labelling", "Measure", "Table"]

Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Labelling:
    """How probabilities become labels.

    The class of the largest weighted probability; with costs, the one that costs least when the
    weighted probabilities are right.

    Attributes
    ----------
    weights
        One a class; None: all equal. Weights (t, 1 - t) are the threshold t on the second class.
    costs
        ``costs[true class][predicted class]``.
    """

    weights: tuple[float, ...] | None = None
    costs: Table | None = None

    @property
    def threshold(self) -> float | None:
        """Probability above which a row gets the second of two classes."""
        if self.weights is None or self.costs is not None or len(self.weights) != 2:
            return None
        return self.weights[0] / sum(self.weights)

    @property
    def cut(self) -> float:
        """Of two classes, the probability above which a row gets the second one, costs or not."""
        first, second = self.weights or (0.5, 0.5)
        if self.costs is not None:
            first *= self.costs[0][1] - self.costs[0][0]
            second *= self.costs[1][0] - self.costs[1][1]
        return first / (first + second) if first + second > 0 else 0.5

    def labels(self, probabilities: NDArray[Any]) -> NDArray[np.int64]:
        """(n,) class codes of (n, classes) probabilities, as the package gives them."""
        return decide(probabilities, self.state())

    def state(self) -> dict[str, Any]:
        """The decision as JSON."""
        return {
            "weights": None if self.weights is None else list(self.weights),
            "costs": None if self.costs is None else [list(row) for row in self.costs],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any] | None) -> Labelling | None:
        if state is None:
            return None
        weights, costs = state["weights"], state["costs"]
        return cls(
            None if weights is None else tuple(weights),
            None if costs is None else tuple(tuple(row) for row in costs),
        )


@dataclass(frozen=True)
class Measure:
    """What `score` needs to know beside labels and predictions; stands for the metric's name.

    Attributes
    ----------
    quantile
        Of the pinball loss.
    costs
        Of the metric ``cost``; None: a wrong label costs 1.
    decision
        By which labels are scored; None: the most probable class, or the cheapest one.
    tuned
        Score labels under the decision, and quantiles with the offset, that suits these very rows
        best: so a search compares models for which either is tuned only at its end.
    """

    name: str
    quantile: float = 0.5
    costs: Table | None = None
    decision: Labelling | None = None
    tuned: bool = False

    def decided(self, decision: Labelling | None) -> Measure:
        """The same measure of labels that this decision makes."""
        return replace(self, decision=decision, tuned=False)

    @property
    def predicted_quantile(self) -> float | None:
        """Quantile of the target that is best by this measure; None: not one of quantiles."""
        return {"pinball": self.quantile, "mae": 0.5}.get(self.name)

    @property
    def untuned(self) -> Labelling:
        """The decision when none was tuned."""
        return Labelling(costs=self.costs if self.name == "cost" else None)
