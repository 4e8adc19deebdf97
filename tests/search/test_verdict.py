import numpy as np
import pandas as pd
import pytest

from automl_tasks.problem import Problem
from automl_tasks.search import (
    SavedCandidate,
    build_candidate,
    holdout_prediction,
    run_worker,
    score,
)
from automl_tasks.search.configurations import Configuration
from automl_tasks.search.ledger import Trial
from automl_tasks.search.measure import Labelling, Measure
from automl_tasks.search.metrics import measure_of
from automl_tasks.search.selection import Selection
from automl_tasks.search.verdict import best_single_score, verdict_of


class PlanOf:
    """The part of a plan that a verdict reads."""

    def __init__(self, classes, **settings):
        self.problem = Problem(name="p", source="t.csv", target="y", **settings)
        self.classes, self.measure = classes, measure_of(self.problem, classes)


def trial(name):
    return Trial(Configuration(id=name, family="linear", params={}, folds=2), [], 0.1)


def selection(plan, y, *predictions, rows=None):
    trials = [trial(f"t{at}") for at in range(len(predictions))]
    return Selection(
        chosen=[(trials[0], 1.0)],
        others=trials[1:],
        rows=np.arange(len(y)) if rows is None else rows,
        predictions={each.id: said for each, said in zip(trials, predictions, strict=True)},
        y=y,
        folds=np.arange(len(y)) % 2,
        weight=None,
        plan=plan,
    )


def rare(rows=4_000, seed=0):
    rng = np.random.default_rng(seed)
    chance = 0.5 * rng.random(rows) ** 4
    return (rng.random(rows) < chance).astype(int), np.column_stack([1 - chance, chance])


def test_labels_are_scored_by_the_one_decision_that_the_package_keeps():
    y, p = rare()
    found = selection(PlanOf(["a", "b"], task="binary", metric="f1"), y, p)
    verdict = verdict_of(found, found.chosen)
    assert verdict.decision.threshold < 0.4
    assert verdict.score == score(Measure("f1", decision=verdict.decision), y, p)
    assert verdict.score < found.score(found.chosen)  # each fold's best threshold flatters
    assert verdict.score > score("f1", y, p) + 0.1
    assert best_single_score(found) == verdict.score


def test_the_best_trial_is_scored_by_its_own_decision():
    y, p = rare()
    noise = np.tile([0.7, 0.3], (len(y), 1))
    found = selection(PlanOf(["a", "b"], task="binary", metric="f1"), y, noise, p)
    alone = selection(found.plan, y, p)
    assert best_single_score(found) == verdict_of(alone, alone.chosen).score


def test_a_quantile_is_scored_with_its_offset():
    rng = np.random.default_rng(0)
    mean = rng.normal(size=2_000)
    y = mean + rng.normal(size=2_000)
    plan = PlanOf(None, task="regression", metric="pinball", quantile=0.9)
    found = selection(plan, y, mean)
    verdict = verdict_of(found, found.chosen)
    assert verdict.decision is None
    assert verdict.offset == pytest.approx(1.28, abs=0.1)
    assert verdict.score == score(Measure("pinball", 0.9), y, mean + verdict.offset)


def test_a_row_that_several_folds_predicted_decides_once():
    y, p = rare(900)
    plan = PlanOf(["a", "b"], task="binary", metric="f1")
    rows = np.random.default_rng(1).permutation(np.repeat(np.arange(900), 3))
    wobble = np.random.default_rng(2).normal(0, 0.02, len(rows))[:, None] * [1, -1]
    once = selection(plan, y, p)
    often = selection(plan, y[rows], p[rows] + wobble, rows=rows)
    pooled = often.pooled(often.chosen)
    assert pooled.y.tolist() == y.tolist()
    assert np.abs(pooled.prediction - p).mean() < 0.02
    ours, theirs = verdict_of(often, often.chosen), verdict_of(once, once.chosen)
    assert ours.decision.threshold == pytest.approx(theirs.decision.threshold, abs=0.06)


def test_a_metric_of_probabilities_needs_no_verdict():
    y, p = rare()
    found = selection(PlanOf(["a", "b"], task="binary", metric="roc_auc"), y, p)
    verdict = verdict_of(found, found.chosen)
    assert (verdict.decision, verdict.offset) == (None, 0.0)
    assert verdict.score == found.score(found.chosen)


def test_costs_decide_without_tuning():
    y, p = rare(60)
    plan = PlanOf(
        ["a", "b"], task="binary", metric="cost", costs={"a": {"b": 1.0}, "b": {"a": 50.0}}
    )
    found = selection(plan, y, p)
    verdict = verdict_of(found, found.chosen)
    assert verdict.decision.costs == ((0.0, 1.0), (50.0, 0.0))
    assert verdict.score < score(plan.measure.decided(Labelling()), y, p)


def test_a_candidate_for_a_quantile_predicts_it(shop):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=600)})
    frame["y"] = frame["x"] + rng.exponential(size=600)
    plan = shop.planned(frame, "y", trials=1, metric="pinball", quantile=0.9, holdout=0.3)
    run_worker(shop.store, "shop", "r1")
    candidate = build_candidate(shop.store, "shop", "r1")
    assert abs(candidate.offset) < 0.2  # the model has learnt the quantile by itself
    stored = pd.read_parquet(shop.store.path("shop/runs/r1/candidate/holdout.parquet"))
    below = (stored["target"] <= stored["prediction"]).mean()
    assert below == pytest.approx(0.9, abs=0.06)
    folder = shop.store.path("shop/runs/r1/candidate")
    again = SavedCandidate(folder, candidate).predict(frame[["x"]])
    assert set(holdout_prediction(shop.store, plan).round(9)) <= set(again.round(9))


def careful(rows=2_000, classes=3, power=0.5, seed=0):
    """Classes, and a model that is less certain of them than it could be."""
    rng = np.random.default_rng(seed)
    true = rng.dirichlet(np.full(classes, 0.6), rows)
    y = (rng.random((rows, 1)) > true.cumsum(axis=1)).sum(axis=1)
    return y, true**power / (true**power).sum(axis=1, keepdims=True)


def test_probabilities_are_calibrated_and_scored_so():
    y, p = careful()
    found = selection(PlanOf(["a", "b", "c"], task="multiclass", metric="log_loss"), y, p)
    verdict = verdict_of(found, found.chosen)
    assert verdict.calibration["kind"] == "temperature"
    assert verdict.score == pytest.approx(score("log_loss", y, verdict.applied(p)))
    assert verdict.score < found.score(found.chosen) - 0.03
    assert best_single_score(found) == verdict.score


def test_the_decision_is_tuned_on_calibrated_probabilities():
    y, p = careful(classes=2, power=0.3)
    plan = PlanOf(
        ["a", "b"], task="binary", metric="cost", costs={"a": {"b": 1.0}, "b": {"a": 4.0}}
    )
    found = selection(plan, y, p)
    verdict = verdict_of(found, found.chosen)
    said = verdict.applied(p)
    assert verdict.score == score(plan.measure.decided(verdict.decision), y, said)
    assert verdict.score < score(plan.measure.decided(verdict.decision), y, p) - 0.05


def test_values_are_not_calibrated():
    rng = np.random.default_rng(0)
    mean = rng.normal(size=500)
    found = selection(PlanOf(None, task="regression", metric="rmse"), mean + 1, mean)
    verdict = verdict_of(found, found.chosen)
    assert verdict.calibration is None
    assert verdict.applied(mean).tolist() == mean.tolist()
    assert verdict.score == found.score(found.chosen)
