"""What a finished ensemble still needs: calibration, a decision or an offset; its score with them.

Trials are compared as they are, or each at its own best threshold or offset. That flatters all of
them alike, but what is reported must be what a package does: one calibration, one decision, one
offset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.calibration import choose_calibration
from automl_tasks.search.ledger import Trial
from automl_tasks.search.measure import Labelling
from automl_tasks.search.metrics import loss_by_fold, score, score_of_loss
from automl_tasks.search.offsets import best_offset
from automl_tasks.search.plan import Plan
from automl_tasks.search.selection import OutOfFoldMean, Selection
from automl_tasks.search.thresholds import tune_decision
from automl_tasks.serve.calibration import calibrate

__all__ = ["Verdict", "best_single_score", "verdict_of", "verdict_on"]


@dataclass(frozen=True)
class Verdict:
    """How predictions of some trials are used, and how good they then are.

    Attributes
    ----------
    calibration
        Of the probabilities, for `serve.calibration.calibrate`; None: they stay as they are.
    decision
        How calibrated probabilities become labels; None: the most probable class.
    offset
        Added to every predicted value; 0 but for quantiles.
    score
        Out of fold, with all three, in the run's metric.
    """

    calibration: dict[str, Any] | None
    decision: Labelling | None
    offset: float
    score: float

    def applied(self, prediction: NDArray[Any]) -> NDArray[np.float64]:
        """Values (n,) or probabilities (n, classes) as a package gives them."""
        return np.asarray(calibrate(prediction + self.offset, self.calibration))


def verdict_of(selection: Selection, members: Sequence[tuple[Trial, float]]) -> Verdict:
    """Calibration, decision, offset and score of a weighted mean of trials."""
    verdict = verdict_on(selection.plan, selection.pooled(members))
    if selection.plan.measure.tuned:
        return verdict
    said = verdict.applied(selection.mixed(members))
    value = loss_by_fold(
        selection.plan.measure, selection.y, said, selection.folds, selection.weight
    )
    return replace(verdict, score=score_of_loss(selection.plan.measure, value))


def verdict_on(plan: Plan, found: OutOfFoldMean) -> Verdict:
    """The same for any model, from what it says of rows that it has not learned from."""
    measure, seed = plan.measure, plan.problem.seed
    calibration, decision, offset, said = None, None, 0.0, found.prediction
    if plan.classes is None:
        offset = best_offset(measure, found.y, said, found.weight)
        said = said + offset
    else:
        ordered = plan.problem.split == "time"
        calibration = choose_calibration(
            measure, found.y, said, found.weight, ordered=ordered, seed=seed
        )
        said = calibrate(said, calibration)
    if measure.tuned and plan.classes is not None:
        decision = tune_decision(measure, found.y, said, weight=found.weight, seed=seed)
    used = measure.decided(decision) if measure.tuned else measure
    return Verdict(calibration, decision, offset, score(used, found.y, said, found.weight))


def best_single_score(selection: Selection) -> float:
    """Score of the best trial alone, with a calibration, decision or offset of its own."""
    trials = [*(trial for trial, _ in selection.chosen), *selection.others]
    losses = [selection.loss([(trial, 1.0)]) for trial in trials]
    return verdict_of(selection, [(trials[int(np.argmin(losses))], 1.0)]).score
