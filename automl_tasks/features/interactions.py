"""Arithmetic of two columns and group means, those that help a few boosted trees most."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np

from automl_tasks.serve.steps import Table, apply_step

from ._base import Step
from .gain import gains, sample_rows
from .group_mean import GroupMean

__all__ = ["Interactions"]

_GROUPINGS = 3
_GROUPED = 4
_FEWEST_ROWS = 50
_WORTH = 0.005

States = list[dict[str, Any]]


class Interactions(Step):
    """Add differences, ratios, products and deviations from group means, chosen by gain.

    The `most` columns of numbers with the largest gain in small boosted trees are combined; those
    combinations are added that, beside the columns themselves, bring the largest gain again.

    Parameters
    ----------
    numbers, categories
        Columns to combine.
    most
        Columns of numbers to combine, at most.
    keep
        Combinations to add, at most.
    """

    looks_at_target = True

    def __init__(
        self,
        numbers: list[str] | None = None,
        categories: list[str] | None = None,
        most: int = 6,
        keep: int = 12,
    ) -> None:
        super().__init__([*(numbers or ()), *(categories or ())])
        self.numbers = numbers
        self.categories = categories
        self.most = most
        self.keep = keep

    @property
    def idle(self) -> bool:
        """Two columns are needed, one of them of numbers."""
        return not self.numbers or len(self.numbers) + len(self.categories or ()) < 2

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:
        if y is None or len(y) < _FEWEST_ROWS:
            return {"kind": "several", "steps": []}
        names = [*(self.numbers or ()), *(self.categories or ())]
        rows = sample_rows(len(y), len(names))
        base = {name: table[name][rows] for name in names}
        gain = gains(base, y[rows])
        numbers = _best(gain, self.numbers or [], self.most)
        categories = _best(gain, self.categories or [], _GROUPINGS)
        offered = _arithmetic(numbers) | _deviations(table, categories, numbers[:_GROUPED])
        small = dict(base)
        for states in offered.values():
            for state in states:
                small = apply_step(state, small)
        beside = {name: small[name] for name in [*numbers, *categories, *offered]}
        gain = gains(beside, y[rows])
        chosen = [name for name in _best(gain, list(offered), self.keep) if gain[name] > _WORTH]
        return {"kind": "several", "steps": [state for name in chosen for state in offered[name]]}


def _best(gain: dict[str, float], names: list[str], most: int) -> list[str]:
    return sorted(names, key=lambda name: -gain[name])[:most]


def _arithmetic(numbers: list[str]) -> dict[str, States]:
    """What each combination is called, and the steps that make it."""
    offered: dict[str, States] = {}
    for a, b in combinations(numbers, 2):
        offered[f"{a}-{b}"] = [{"kind": "difference", "columns": [a, b]}]
        offered[f"{a}/{b}"] = [{"kind": "ratio", "columns": [a, b]}]
        offered[f"{a}*{b}"] = [{"kind": "product", "columns": [a, b]}]
    return offered


def _deviations(table: Table, categories: list[str], numbers: list[str]) -> dict[str, States]:
    offered: dict[str, States] = {}
    for by, of in product(categories, numbers):
        mean = GroupMean(by, of).fit_table(table, None)
        made = f"mean({of} by {by})"
        offered[f"{of}-{made}"] = [mean, {"kind": "difference", "columns": [of, made]}]
    return offered
