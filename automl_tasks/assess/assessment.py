"""Assess a candidate on its holdout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.assess.constant import Constant
from automl_tasks.assess.fairness import Fairness, Judged, fairness_of
from automl_tasks.assess.intervals import Interval, holdout_metrics
from automl_tasks.assess.reliability import Reliability, reliability_of
from automl_tasks.assess.slices import Slices, loss_name, row_losses, worst_slices
from automl_tasks.search.measure import Labelling
from automl_tasks.search.metrics import METRICS, loss_of_score, measures_of, score
from automl_tasks.search.results import load_result
from automl_tasks.search.stopwatch import folder_mb, milliseconds_per_row, timed_rows
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.search import Candidate, Plan
    from automl_tasks.search.measure import Measure

__all__ = ["Assessment", "assess", "load_assessment"]

Array = NDArray[Any]

_SLICED = ("numeric", "categorical")  # a level of many may be a name or a number of a person
_TIMING_SECONDS = 1.0


class Assessment(BaseModel):
    """What is known of a candidate before it meets the champion.

    Attributes
    ----------
    metrics
        Every metric of the task on the holdout, the run's own first; labels are those of the
        candidate's decision, and rows count by their weights.
    gain
        By how much the loss of the run's metric is lower than a constant predictor's, relative
        to that: 0 is no better, 1 perfect, below 0 worse.
    fairness
        By protected column.
    slices
        Where the loss is higher than elsewhere.
    reliability
        Of its probabilities, and of intervals or class sets; None: too few rows to tell.
    latency_ms_per_row, latency_ms_single
        In a batch of up to 1,000 rows, and for one row alone, on one thread of this machine.
    size_mb
        Of the candidate's models and preprocessing.
    reason
        Why the search ran.
    """

    run: str
    task: str
    metric: str
    metrics: dict[str, Interval]
    gain: float
    fairness: dict[str, Fairness] = {}
    slices: Slices | None = None
    reliability: Reliability | None = None
    latency_ms_per_row: float
    latency_ms_single: float
    size_mb: float
    train_rows: int
    holdout_rows: int
    reason: str
    notes: list[str]


def load_assessment(store: Store, name: str, run: str) -> Assessment:
    """The assessment of a run.

    Raises
    ------
    SearchError
        When the run has none yet.
    """
    return load_result(
        store,
        f"{name}/runs/{run}/assessment.json",
        Assessment,
        run=(name, run),
        lacks="the run was not assessed",
        remedy="Run the stage 'assess' of this run first",
    )


def assess(store: Store, name: str, run: str) -> Assessment:
    """Measure a candidate on the rows that no trial has seen.

    Its predictions are those of the saved files. The result is written once; all but the times
    is the same each time.

    Raises
    ------
    SearchError
        When the run has no candidate.
    """
    from automl_tasks.search import load_candidate, load_plan
    from automl_tasks.search.budget import Clock
    from automl_tasks.search.plan import run_key

    key = run_key(name, run)
    if store.exists(f"{key}/assessment.json"):
        return load_assessment(store, name, run)
    plan, candidate = load_plan(store, name, run), load_candidate(store, name, run)
    with Clock(store, key, "assess"):
        assessment = _measure(store, plan, candidate)
    store.write_json(f"{key}/assessment.json", assessment.model_dump(mode="json"))
    return assessment


def _measure(store: Store, plan: Plan, candidate: Candidate) -> Assessment:
    from automl_tasks.ingest import load_snapshot
    from automl_tasks.search import SavedCandidate, holdout_prediction, load_labels

    name, labels = plan.problem.name, load_labels(store, plan)
    holdout = load_snapshot(store, name, plan.snapshot).read().iloc[labels.holdout]
    y, weight = labels.y[labels.holdout], labels.weight_of(labels.holdout)
    prediction = holdout_prediction(store, plan)
    constant = Constant(
        labels.y[labels.develop], labels.weight_of(labels.develop), len(plan.classes or ())
    )
    measures = measures_of(plan.problem, plan.classes, candidate.labelling)
    seed = plan.problem.seed
    metrics = holdout_metrics(measures, y, prediction, constant, weight=weight, seed=seed)
    said = None if plan.classes is None else candidate.labels(prediction, holdout)
    measure, shown = measures[0], prediction
    if said is not None and candidate.group_decision is not None:
        # A decision by group reads the rows, so metrics of labels are given its labels.
        certain = np.eye(len(plan.classes or ()))[said]
        of_labels = [each for each in _decided(measures) if METRICS[each.name].needs == "labels"]
        metrics |= holdout_metrics(of_labels, y, certain, constant, weight=weight, seed=seed)
        if METRICS[plan.metric].needs == "labels":
            measure, shown = of_labels[0], certain
    judged = _judged(plan, measure, y, shown, said, weight=weight)
    folder = store.path(f"{name}/runs/{plan.run}/candidate")
    predict = SavedCandidate(folder, candidate).predict
    batch = timed_rows(holdout.drop(columns=plan.problem.target))
    return Assessment(
        run=plan.run,
        task=plan.task,
        metric=plan.metric,
        metrics=metrics,
        gain=_gain(metrics.get(plan.metric), plan.metric),
        fairness=_fairness(plan, holdout, judged),
        slices=worst_slices(
            holdout,
            row_losses(y, shown, measure),
            columns=[name for name, role in plan.roles.items() if role in _SLICED],
            loss=loss_name(measure),
        ),
        reliability=reliability_of(candidate, y, prediction, weight),
        latency_ms_per_row=milliseconds_per_row(predict, batch, repeats=5, seconds=_TIMING_SECONDS),
        latency_ms_single=milliseconds_per_row(
            predict, batch.iloc[:1], repeats=20, seconds=_TIMING_SECONDS
        ),
        size_mb=folder_mb(folder / "members"),
        train_rows=candidate.train_rows,
        holdout_rows=len(y),
        reason=plan.reason,
        notes=[*plan.notes, *candidate.notes],
    )


def _gain(found: Interval | None, metric: str) -> float:
    if found is None:
        return 0.0
    ours, constant = loss_of_score(metric, found.value), loss_of_score(metric, found.baseline)
    return 1 - ours / constant if constant > 0 else 0.0


def _decided(measures: list[Measure]) -> list[Measure]:
    """Measures for which the labels stand already."""
    return [each.decided(Labelling()) for each in measures]


def _judged(
    plan: Plan,
    measure: Measure,
    y: Array,
    prediction: Array,
    labels: Array | None,
    *,
    weight: NDArray[np.float64] | None,
) -> Judged:
    """The holdout as `fairness_of` compares it; of two classes the second is the positive one."""

    def metric(rows: Array) -> float:
        return score(measure, y[rows], prediction[rows], None if weight is None else weight[rows])

    return Judged(
        prediction=prediction,
        positive=np.equal(y, 1) if plan.task == "binary" else None,
        selected=None if labels is None else np.equal(labels, 1),
        weight=weight,
        metric=metric,
    )


def _fairness(plan: Plan, holdout: pd.DataFrame, judged: Judged) -> dict[str, Fairness]:
    from automl_tasks.features import feature_columns

    return {
        groups["column"]: fairness_of(
            groups,
            holdout,
            judged,
            min_rows=plan.problem.fairness.min_rows,
            features=feature_columns(plan.roles),
            seed=plan.problem.seed,
        )
        for groups in plan.groups
    }
