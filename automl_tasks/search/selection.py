"""Choose the ensemble's members from the out-of-fold predictions of a run's trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.ensemble import blend, greedy_weights, light_weights
from automl_tasks.search.folds import merge_repeats
from automl_tasks.search.labels import Labels
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.metrics import loss_by_fold, score_of_loss
from automl_tasks.search.plan import Plan, labels_key
from automl_tasks.store import Store

__all__ = ["OutOfFoldMean", "Selection", "Selector", "first_fold_is_certain"]

_CONSIDERED = 20  # trials, the best ones: each round of the greedy selection scores them all
_RUNNING = 12  # of them while the search runs, when the answer is needed after every fold
_RUNNING_ROWS = 5_000
_RUNNING_ROUNDS = 12
# Weight of the trials with so many folds in the first fold's ensemble, which is the better choice
# where it leaves out none that matters, or where that fold has too few rows to choose by.
_COVERED, _COVERED_UNCERTAIN = 0.85, 0.5
_CERTAIN_ROWS = 1_000  # of a first fold, whose order of the trials can be trusted
_ENOUGH = 5  # trials with more folds, where that order cannot


@dataclass(frozen=True)
class OutOfFoldMean:
    """Rows with their labels, out-of-fold predictions of an ensemble, and weights."""

    y: NDArray[Any]
    prediction: NDArray[np.float64]
    weight: NDArray[np.float64] | None


@dataclass(frozen=True)
class Selection:
    """Trials in the order of their weights, and the predictions to score any subset of them.

    Attributes
    ----------
    chosen
        Trials of positive weight, the heaviest first; then the others, the best first, in case
        that none of the chosen can be used.
    rows
        Positions in the snapshot; a row that several folds have predicted occurs several times.
    predictions
        By trial, of the same rows.
    """

    chosen: list[tuple[Trial, float]]
    others: list[Trial]
    rows: NDArray[np.int64]
    predictions: dict[str, NDArray[Any]]
    y: NDArray[Any]
    folds: NDArray[Any]
    weight: NDArray[np.float64] | None
    plan: Plan

    def score(self, members: Sequence[tuple[Trial, float]]) -> float:
        """Out-of-fold score of a weighted mean of trials."""
        return score_of_loss(self.plan.measure, self.loss(members))

    def loss(self, members: Sequence[tuple[Trial, float]]) -> float:
        """Out-of-fold loss of a weighted mean of trials."""
        mixed = self.mixed(members)
        value = loss_by_fold(self.plan.measure, self.y, mixed, self.folds, self.weight)
        return np.inf if np.isnan(value) else value

    def pooled(self, members: Sequence[tuple[Trial, float]]) -> OutOfFoldMean:
        """What a weighted mean of trials says of each row, once."""
        mixed, first = self.mixed(members), np.unique(self.rows, return_index=True)[1]
        if len(first) == len(self.rows):
            return OutOfFoldMean(self.y, mixed, self.weight)
        weight = None if self.weight is None else self.weight[first]
        return OutOfFoldMean(self.y[first], merge_repeats(self.rows, mixed)[1], weight)

    @property
    def pooled_rows(self) -> NDArray[np.int64]:
        """Positions in the snapshot of the rows of `pooled`."""
        once = np.unique(self.rows)
        return self.rows if len(once) == len(self.rows) else once

    def mixed(self, members: Sequence[tuple[Trial, float]]) -> NDArray[np.float64]:
        """Out-of-fold predictions of a weighted mean of trials."""
        parts = [self.predictions[trial.id] for trial, _ in members]
        return blend(parts, [weight for _, weight in members])


class Selector:
    """Greedy selection over what a run's ledger holds.

    Parameters
    ----------
    ledger
        Of the run.
    """

    def __init__(self, store: Store, plan: Plan, ledger: Ledger) -> None:
        self._plan, self._ledger = plan, ledger
        key = labels_key(plan.problem.name, plan.run)
        self._labels = Labels.read(store.path(key))
        self._latest: tuple[object, dict[str, float]] = (None, {})

    def members(self, good: Sequence[Trial]) -> dict[str, float]:
        """Weights of the trials in the ensemble as it is now, on the first fold.

        Parameters
        ----------
        good
            Trials with a score, best first.
        """
        first = self._plan.fold_order[0]
        considered = [trial for trial in good if first in trial.folds][:_RUNNING]
        state = tuple(trial.id for trial in considered)
        if state != self._latest[0]:
            found = dict[str, float]()
            if considered:
                chosen = self._selection(considered, [first], running=True).chosen
                found = {trial.id: weight for trial, weight in chosen}
            self._latest = (state, found)
        return self._latest[1]

    def select(self) -> Selection:
        """The final choice, on as many folds as most of the ensemble has had time for."""
        good = self._ledger.good()
        order = self._plan.fold_order
        weights = self.members(good)
        if not weights:  # no trial has the first fold: a fallback on few rows has folds of its own
            return self._selection(good[:1], sorted(good[0].folds))
        for count in range(len(order), 0, -1):
            able = [trial for trial in good if trial.folds.issuperset(order[:count])]
            covered = sum(weights.get(trial.id, 0.0) for trial in able)
            if _suffices(covered, len(able), certain=first_fold_is_certain(good)):
                return self._selection(able[:_CONSIDERED], order[:count])
        raise AssertionError("every member has the first fold")

    def _selection(
        self, trials: Sequence[Trial], folds: Sequence[int], *, running: bool = False
    ) -> Selection:
        found = {trial.id: self._ledger.out_of_fold(trial.id, folds) for trial in trials}
        rows, numbers = found[trials[0].id].rows, found[trials[0].id].folds
        predictions: dict[str, NDArray[Any]] = {
            name: each.prediction for name, each in found.items()
        }
        y, weight = self._labels.y[rows], self._labels.weight_of(rows)
        if self._plan.measure.tuned:  # what is served has one decision, not one for each fold
            numbers = np.zeros_like(numbers)
        about: dict[str, Any] = {
            "folds": numbers,
            "weight": weight,
            "seed": self._plan.problem.seed,
        }
        rated = list(predictions.values()), y, self._plan.measure
        if running:
            weights = greedy_weights(
                *rated, rounds=_RUNNING_ROUNDS, most_rows=_RUNNING_ROWS, **about
            )
        else:
            weights = light_weights(greedy_weights(*rated, **about), *rated, **about)
        weighted = sorted(zip(trials, weights.tolist(), strict=True), key=lambda pair: -pair[1])
        return Selection(
            chosen=[(trial, weight) for trial, weight in weighted if weight > 0],
            others=[trial for trial, weight in zip(trials, weights, strict=True) if weight == 0],
            rows=rows,
            predictions=predictions,
            y=y,
            folds=numbers,
            weight=weight,
            plan=self._plan,
        )


def _suffices(covered: float, able: int, *, certain: bool) -> bool:
    """Whether to choose among the trials with so many folds, or among more with fewer."""
    if certain:
        return covered >= _COVERED
    return covered >= _COVERED_UNCERTAIN or able >= _ENOUGH


def first_fold_is_certain(good: Sequence[Trial]) -> bool:
    """Whether the order of the trials on their first fold can be trusted."""
    return bool(good) and good[0].good[0].valid_rows >= _CERTAIN_ROWS
