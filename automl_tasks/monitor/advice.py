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
from automl_tasks.monitor.samples import holdout_sample, predictions_of
from automl_tasks.monitor.segments import measure_segments
from automl_tasks.monitor.shadows import champion_importance

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.monitor.evidence import Evidence
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["measure_advice"]

_DRIFT_ROWS = 20_000


def measure_advice(
    evidence: Evidence, store: Store, plan: Plan, version: int, now: datetime | None
) -> dict[str, Any]:
    """Fields of a decision; what cannot be measured is a note in its place.

    Parameters
    ----------
    version
        Of the champion.
    """
    found: dict[str, Any] = {}
    notes: list[str] = []
    features = _Features(evidence, store, plan)
    measured: dict[str, Callable[[], Any]] = {
        "drift": lambda: measure_drift(
            *features.both,
            ordered=plan.problem.split == "time",
            roles=plan.roles,
            importance=champion_importance(store, plan.problem.name, version),
            now=now,
        ),
        "domain": lambda: domain_auc(*features.both, seed=plan.problem.seed),
        "predictions": lambda: _predictions(evidence, store, plan),
        "segments": lambda: _segments(evidence, store, plan),
        "estimate": lambda: _estimate(evidence, store, plan),
    }
    for name, measure in measured.items():
        try:
            found[name] = measure()
        except Exception as error:
            # One odd column must not cost the decision. Type only: messages may quote cells.
            notes.append(f"{name} could not be measured ({type(error).__name__})")
    return found | {"notes": tuple(notes)}


class _Features:
    """Of the champion's training rows and of the newest ones, read when first wanted."""

    def __init__(self, evidence: Evidence, store: Store, plan: Plan) -> None:
        self._newest, self._store, self._plan = evidence.newest, store, plan

    @cached_property
    def both(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        window = len(self._newest) or None
        there = reference_features(self._store, self._plan, _DRIFT_ROWS, window=window)
        return there, features_of(self._newest, self._plan, _DRIFT_ROWS)


def _predictions(evidence: Evidence, store: Store, plan: Plan) -> Any:
    """How the newest arrivals were answered, beside the holdout."""
    said = predictions_of(evidence.arrived, plan)
    if not len(said):
        return None
    there = holdout_sample(store, plan).prediction
    return prediction_drift(there, said, ordered=plan.problem.split == "time")


def _segments(evidence: Evidence, store: Store, plan: Plan) -> Any:
    from automl_tasks.search import load_candidate

    if not evidence.windows:
        return None
    candidate = load_candidate(store, plan.problem.name, plan.run)
    return measure_segments(
        evidence.windows[0].frame,
        evidence.frame,
        store,
        plan,
        measure=plan.measure.decided(candidate.labelling),
    )


def _estimate(evidence: Evidence, store: Store, plan: Plan) -> Any:
    """Of the newest arrivals, when enough of them have no label yet."""
    from automl_tasks.search import load_candidate

    if len(evidence.unlabelled) < plan.problem.monitor.min_rows:
        return None
    candidate = load_candidate(store, plan.problem.name, plan.run)
    return estimate_performance(
        predictions_of(evidence.unlabelled, plan),
        holdout_sample(store, plan),
        plan.measure.decided(candidate.labelling),
        confidence=plan.problem.monitor.confidence,
        seed=plan.problem.seed,
    )
