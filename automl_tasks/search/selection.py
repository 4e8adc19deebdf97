"""Choose the ensemble's members from the out-of-fold predictions of a run's trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.ensemble import blend, greedy_weights
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.metrics import loss_by_fold, score_of_loss
from automl_tasks.search.plan import Plan

__all__ = ["Selection", "select_members"]

_CONSIDERED = 20  # trials, the best ones: each round of the greedy selection scores them all


@dataclass(frozen=True)
class Selection:
    """Trials in the order of their weights, and the predictions to score any subset of them.

    Attributes
    ----------
    chosen
        Trials of positive weight, the heaviest first; then the others, the best first, in case
        that none of the chosen can be refitted.
    """

    chosen: list[tuple[Trial, float]]
    others: list[Trial]
    predictions: dict[str, NDArray[Any]]
    y: NDArray[Any]
    folds: NDArray[Any]
    metric: str

    @property
    def best_single_score(self) -> float:
        """Of the best trial alone."""
        best = min([*(trial for trial, _ in self.chosen), *self.others], key=_loss)
        return self.score([(best, 1.0)])

    def score(self, members: Sequence[tuple[Trial, float]]) -> float:
        """Out-of-fold score of a weighted mean of trials."""
        parts = [self.predictions[trial.id] for trial, _ in members]
        mixed = blend(parts, [weight for _, weight in members])
        return score_of_loss(self.metric, loss_by_fold(self.metric, self.y, mixed, self.folds))


def select_members(plan: Plan, ledger: Ledger, y: NDArray[Any]) -> Selection:
    """Greedy selection over the best trials that predicted the most rows.

    Parameters
    ----------
    y
        (snapshot rows,) values or class codes.
    """
    found = [(trial, ledger.out_of_fold(trial.id).in_row_order()) for trial in ledger.good()]
    # A trial on few rows says little beside one on all.
    most = max(len(oof.rows) for _, oof in found)
    full = [(trial, oof) for trial, oof in found if len(oof.rows) == most][:_CONSIDERED]
    trials = [trial for trial, _ in full]
    rows, folds = full[0][1].rows, full[0][1].folds
    predictions = {trial.id: oof.prediction for trial, oof in full}
    weights = greedy_weights(
        list(predictions.values()), y[rows], plan.metric, folds=folds, seed=plan.problem.seed
    )
    weighted = sorted(zip(trials, weights.tolist(), strict=True), key=lambda pair: -pair[1])
    return Selection(
        chosen=[(trial, weight) for trial, weight in weighted if weight > 0],
        others=[trial for trial, weight in zip(trials, weights, strict=True) if weight == 0],
        predictions=predictions,
        y=y[rows],
        folds=folds,
        metric=plan.metric,
    )


def _loss(trial: Trial) -> float:
    return np.inf if trial.loss is None else trial.loss
