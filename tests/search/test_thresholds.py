import json

import numpy as np
import pytest

from automl_tasks.search.measure import Labelling, Measure
from automl_tasks.search.metrics import loss, score
from automl_tasks.search.thresholds import tune_decision


def rare_positives(rows=20_000, rate=0.01, seed=0):
    """Labels that follow their probabilities exactly: a perfectly calibrated model."""
    rng = np.random.default_rng(seed)
    positive = 1 / (1 + np.exp(-(rng.normal(0, 2, rows) + np.log(rate) - 1.5)))
    return (rng.random(rows) < positive).astype(int), np.column_stack([1 - positive, positive])


def skewed_classes(rows=4_000, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.choice(4, rows, p=[0.7, 0.2, 0.07, 0.03])
    logits = rng.normal(0, 1, (rows, 4)) + 1.5 * np.eye(4)[y] + np.log([0.7, 0.2, 0.07, 0.03])
    p = np.exp(logits)
    return y, p / p.sum(axis=1, keepdims=True)


def test_with_one_positive_in_100_rows_a_tuned_threshold_finds_what_one_half_misses():
    y, p = rare_positives()
    new_y, new_p = rare_positives(seed=1)
    decision = tune_decision(Measure("f1"), y, p)
    assert decision.threshold < 0.4
    at_half = score("f1", new_y, new_p)
    tuned = score(Measure("f1", decision=decision), new_y, new_p)
    assert tuned > 1.3 * at_half


def test_a_hundred_positives_are_enough_for_a_threshold_that_pays():
    gains = []
    for seed in range(8):
        y, p = rare_positives(2_500, rate=0.04, seed=seed)
        measure = Measure("f1").decided(tune_decision(Measure("f1"), y, p))
        new = rare_positives(20_000, rate=0.04, seed=100 + seed)
        gains.append(score(measure, *new) - score("f1", *new))
    assert np.median(gains) > 0.05
    assert min(gains) > -0.02


@pytest.mark.parametrize("metric", ["f1", "mcc", "balanced_accuracy"])
def test_weights_of_classes_pay_on_new_rows(metric):
    y, p = skewed_classes()
    new_y, new_p = skewed_classes(seed=1)
    decision = tune_decision(Measure(metric), y, p)
    tuned = score(Measure(metric, decision=decision), new_y, new_p)
    assert tuned > score(metric, new_y, new_p) + 0.01


def test_the_accuracy_of_a_calibrated_model_is_seldom_tuned():
    tables = [rare_positives(2_000, rate=0.1, seed=seed) for seed in range(20)]
    tuned = [tune_decision(Measure("accuracy"), *each) is not None for each in tables]
    assert sum(tuned) <= 4


def test_noise_is_not_tuned():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(20):
        positive = rng.random(60)
        y = (rng.random(60) < positive).astype(int)
        probabilities = np.column_stack([1 - positive, positive])
        found.append(tune_decision(Measure("accuracy"), y, probabilities))
    assert sum(each is not None for each in found) <= 4


def test_metrics_of_probabilities_and_too_few_rows_have_no_decision():
    y, p = rare_positives(2_000)
    assert tune_decision(Measure("roc_auc"), y, p) is None
    assert tune_decision(Measure("f1"), y[y == 0][:50], p[y == 0][:50]) is None
    assert tune_decision(Measure("rmse"), p[:, 0], p[:, 1]) is None


def test_costs_decide_for_the_cheapest_label_and_correct_probabilities_that_are_off():
    costs = ((0.0, 1.0), (30.0, 0.0))
    measure = Measure("cost", costs=costs)
    y, p = rare_positives()
    assert loss(measure.decided(tune_decision(measure, y, p)), y, p) < loss("cost", y, p) * 30
    timid = np.column_stack([1 - p[:, 1] / 20, p[:, 1] / 20])
    decision = tune_decision(measure, y, timid)
    new_y, new_p = rare_positives(seed=1)
    new_timid = np.column_stack([1 - new_p[:, 1] / 20, new_p[:, 1] / 20])
    assert loss(measure.decided(decision), new_y, new_timid) < 0.9 * loss(measure, new_y, new_timid)


def test_costs_of_many_classes_are_kept_as_they_are():
    costs = tuple(tuple(float(i != j) * (1 + i) for j in range(4)) for i in range(4))
    assert tune_decision(Measure("cost", costs=costs), *skewed_classes(300)) == Labelling(
        costs=costs
    )


def test_rows_that_weigh_nothing_decide_nothing():
    y, p = rare_positives()
    wrong = np.column_stack([p[:, 1], p[:, 0]])
    both, twice = np.concatenate([p, wrong]), np.tile(y, 2)
    weight = np.repeat([1.0, 0.0], len(y))
    decision = tune_decision(Measure("f1"), twice, both, weight=weight)
    assert decision.threshold == pytest.approx(
        tune_decision(Measure("f1"), y, p).threshold, abs=0.1
    )


def test_a_decision_survives_json_and_is_the_same_each_time():
    decision = tune_decision(Measure("mcc"), *skewed_classes())
    assert decision == tune_decision(Measure("mcc"), *skewed_classes())
    again = Labelling.from_state(json.loads(json.dumps(decision.state(), allow_nan=False)))
    assert again == decision
    assert Labelling.from_state(None) is None
