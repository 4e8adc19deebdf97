"""What is measured beside the loss: drift, slices and an estimate where labels are missing.

Advisory: none of it starts a search.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from automl_tasks.monitor.domain import domain_auc
from automl_tasks.monitor.drift import measure_drift
from automl_tasks.monitor.estimate import estimate_performance
from automl_tasks.monitor.frames import features_of, reference_features
from automl_tasks.monitor.prediction_drift import prediction_drift
from automl_tasks.monitor.samples import (
    holdout_sample,
    judged_by_group,
    labels_of,
    measure_of_samples,
    predictions_of,
)
from automl_tasks.monitor.segments import measure_segments
from automl_tasks.monitor.shadows import champion_importance

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.monitor.observations import Observations
    from automl_tasks.monitor.performance import Sample
    from automl_tasks.search import Candidate, Plan
    from automl_tasks.store import Store

__all__ = ["measure_advice"]

_DRIFT_ROWS = 20_000


def measure_advice(
    observed: Observations, store: Store, plan: Plan, version: int, now: datetime | None
) -> dict[str, Any]:
    """Fields of a decision; what cannot be measured is a note in its place.

    Parameters
    ----------
    version
        Of the champion.
    """
    found: dict[str, Any] = {}
    notes: list[str] = []
    champion = _Champion(observed, store, plan)
    measured: dict[str, Callable[[], Any]] = {
        "drift": lambda: measure_drift(
            *champion.features,
            ordered=plan.problem.split == "time",
            roles=plan.roles,
            importance=champion_importance(store, plan.problem.name, version),
            now=now,
        ),
        "domain": lambda: domain_auc(*champion.features, seed=plan.problem.seed),
        "predictions": lambda: _predictions(observed, champion),
        "segments": lambda: _segments(observed, champion),
        "estimate": lambda: _estimate(observed, champion),
    }
    for name, measure in measured.items():
        try:
            found[name] = measure()
        except Exception as error:
            # One odd column must not cost the decision. Type only: messages may quote cells.
            notes.append(f"{name} could not be measured ({type(error).__name__})")
    return found | {"notes": tuple(notes)}


class _Champion:
    """What several measurements take of the champion, read when first wanted."""

    def __init__(self, observed: Observations, store: Store, plan: Plan) -> None:
        self.store, self.plan, self._observed = store, plan, observed

    @cached_property
    def features(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Of its training rows and of the newest ones."""
        newest = self._observed.newest
        window = len(newest) or None
        there = reference_features(self.store, self.plan, _DRIFT_ROWS, window=window)
        return there, features_of(self._observed.rows, self.plan, _DRIFT_ROWS, among=newest)

    @cached_property
    def holdout(self) -> Sample:
        return holdout_sample(self.store, self.plan)

    @cached_property
    def candidate(self) -> Candidate:
        from automl_tasks.search import load_candidate

        return load_candidate(self.store, self.plan.problem.name, self.plan.run)


def _predictions(observed: Observations, champion: _Champion) -> Any:
    """How the newest arrivals were answered, beside the holdout."""
    said = predictions_of(observed.arrived, champion.plan)
    if not len(said):
        return None
    ordered = champion.plan.problem.split == "time"
    return prediction_drift(champion.holdout.prediction, said, ordered=ordered)


def _segments(observed: Observations, champion: _Champion) -> Any:
    if not observed.windows:
        return None
    return measure_segments(
        observed.windows[0].frame,
        observed.rows,
        champion.store,
        champion.plan,
        candidate=champion.candidate,
    )


def _estimate(observed: Observations, champion: _Champion) -> Any:
    """Of the newest arrivals, when enough of them have no label yet."""
    plan, problem = champion.plan, champion.plan.problem
    if len(observed.unlabelled) < problem.monitor.min_rows:
        return None
    answers = None
    if judged_by_group(plan, champion.candidate):
        judged = holdout_sample(champion.store, plan, champion.candidate)
        answers = labels_of(observed.unlabelled, plan), judged.prediction
    return estimate_performance(
        predictions_of(observed.unlabelled, plan),
        champion.holdout,
        measure_of_samples(plan, champion.candidate),
        answers=answers,
        confidence=problem.monitor.confidence,
        seed=problem.seed,
    )
