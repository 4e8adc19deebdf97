"""What a finished ensemble still needs: a decision or an offset, and its score with them.

Trials are compared each at its own best threshold or offset. That flatters all of them alike, but
what is reported must be what a package does: one decision, one offset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from automl_tasks.search.ledger import Trial
from automl_tasks.search.measure import Decision
from automl_tasks.search.metrics import score
from automl_tasks.search.offsets import best_offset
from automl_tasks.search.selection import Selection
from automl_tasks.search.thresholds import tune_decision

__all__ = ["Verdict", "best_single_score", "verdict_of"]


@dataclass(frozen=True)
class Verdict:
    """How predictions of some trials are used, and how good they then are.

    Attributes
    ----------
    decision
        How probabilities become labels; None: the most probable class.
    offset
        Added to every predicted value; 0 but for quantiles.
    score
        Out of fold, with both, in the run's metric.
    """

    decision: Decision | None
    offset: float
    score: float


def verdict_of(selection: Selection, members: Sequence[tuple[Trial, float]]) -> Verdict:
    """Decision, offset and score of a weighted mean of trials."""
    measure, seed = selection.plan.measure, selection.plan.problem.seed
    if not measure.tuned:
        return Verdict(None, 0.0, selection.score(members))
    found = selection.pooled(members)
    decision, offset = None, 0.0
    if selection.plan.classes is None:
        offset = best_offset(measure, found.y, found.prediction, found.weight)
    else:
        decision = tune_decision(measure, found.y, found.prediction, weight=found.weight, seed=seed)
    used = score(measure.decided(decision), found.y, found.prediction + offset, found.weight)
    return Verdict(decision, offset, used)


def best_single_score(selection: Selection) -> float:
    """Score of the best trial alone, with a decision or an offset of its own."""
    trials = [*(trial for trial, _ in selection.chosen), *selection.others]
    losses = [selection.loss([(trial, 1.0)]) for trial in trials]
    return verdict_of(selection, [(trials[int(np.argmin(losses))], 1.0)]).score
