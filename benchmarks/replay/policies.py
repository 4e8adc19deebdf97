"""When to train again: each policy is asked before a window is predicted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import numpy as np

from automl_tasks.monitor.payoff import (
    AGES,
    Pairs,
    Payoff,
    Saving,
    Savings,
    in_pace,
    judge_payoff,
    measure_saving,
)

from .learner import Learner, Model

__all__ = ["COST", "At", "Never", "Payoffs", "Policy"]

COST = 0.02  # the product's default of `monitor.payoff`
_RECENT = 8


class Policy(Protocol):
    """Decides on a retrain."""

    def wants(self, champion: int, newest: int, window: int) -> bool:
        """Whether to train again on what is known.

        Parameters
        ----------
        champion
            Last window that the present model has seen.
        newest
            Last window whose labels are known.
        window
            That is predicted next.
        """
        ...


class Never:
    """The first model stays."""

    def wants(self, champion: int, newest: int, window: int) -> bool:  # noqa: ARG002
        return False


class At:
    """At given windows."""

    def __init__(self, windows: Collection[int]) -> None:
        self._windows = frozenset(windows)

    def wants(self, champion: int, newest: int, window: int) -> bool:  # noqa: ARG002
        return window in self._windows


class Payoffs:
    """The product's decision: `judge_payoff` on the windows whose labels have come.

    Attributes
    ----------
    models
        That were trained to decide.
    """

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._first = learner.stream.first - 1
        self._shared: dict[int, tuple[dict[int, Saving], dict[int, Saving]]] = {}
        self._searches: list[int] = []
        self.models: set[Model] = set()
        self.judged: list[Payoff] = []

    def wants(self, champion: int, newest: int, window: int) -> bool:  # noqa: ARG002
        windows = [self._savings(at, champion) for at in range(self._first + 1, newest + 1)]
        own = windows[champion - self._first :]
        payoff = judge_payoff(windows, own, cost=COST, growth=(newest + 1) / (champion + 1))
        self.judged.append(payoff)
        if not payoff.pays or not in_pace(self._searches, newest):
            return False
        self._searches.append(newest)
        return True

    def _savings(self, window: int, champion: int) -> Savings:
        """Comparisons on a window; those with the champion only where it has not seen it."""
        if window not in self._shared:
            by_age = tuple(self._by_age(kind, window) for kind in ("all", "as_many"))
            self._shared[window] = (by_age[0], by_age[1])
        every, alike = self._shared[window]
        newer = champion < window - 1
        return Savings(
            all_rows=Pairs(
                champion=self._own("all", window, champion) if newer else None, by_age=every
            ),
            as_many=Pairs(
                champion=self._own("as_many", window, champion) if newer else None, by_age=alike
            ),
            newest=self._newest("half", window, champion) if champion < window else None,
            alone=self._newest("alone", window, champion) if champion < window else None,
        )

    def _by_age(self, kind: str, window: int) -> dict[int, Saving]:
        found = {
            age: self._saving((kind, window - 1 - age), (kind, window - 1), window)
            for age in AGES
            if window - 1 - age >= self._first
        }
        return {age: saving for age, saving in found.items() if saving is not None}

    def _own(self, kind: str, window: int, champion: int) -> Saving | None:
        return self._saving((kind, champion), (kind, window - 1), window)

    def _newest(self, kind: str, window: int, champion: int) -> Saving | None:
        half = self._learner.stream.rows // 2
        old, new = ("all", champion), (kind, window)
        self.models |= {old, new}
        return measure_saving(
            self._learner.losses(old, window)[half:],
            self._learner.losses(new, window)[half:],
            self._usual(window),
        )

    def _saving(self, old: Model, fresh: Model, window: int) -> Saving | None:
        self.models |= {old, fresh}
        return measure_saving(
            self._learner.losses(old, window),
            self._learner.losses(fresh, window),
            self._usual(window),
        )

    def _usual(self, window: int) -> float:
        recent = range(max(self._first + 1, window - _RECENT + 1), window + 1)
        return float(np.mean([self._learner.losses(("all", w - 1), w).mean() for w in recent]))
