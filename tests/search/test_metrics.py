import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Metric, Problem
from automl_tasks.search.metrics import (
    METRICS,
    Labelling,
    Measure,
    check_metric,
    default_metric,
    loss,
    loss_by_fold,
    measure_of,
    measures_of,
    metrics_of,
    score,
)

RNG = np.random.default_rng(0)
OF_SKLEARN = {
    "rmse": reference.root_mean_squared_error,
    "mae": reference.mean_absolute_error,
    "r2": reference.r2_score,
    "accuracy": reference.accuracy_score,
    "balanced_accuracy": reference.balanced_accuracy_score,
    "mcc": reference.matthews_corrcoef,
}


def probabilities(rows, classes, decimals=2):
    """Rounded, so that ties occur."""
    raw = np.round(RNG.random((rows, classes)), decimals) + 0.01
    return raw / raw.sum(axis=1, keepdims=True)


def test_every_metric_of_a_problem_file_is_in_the_table():
    assert set(METRICS) == set(Metric.__args__)


@st.composite
def samples(draw, classes):
    """Labels of all classes, probabilities with ties, and weights or None."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = draw(st.integers(classes, 60))
    y = rng.permutation(np.append(np.arange(classes), rng.integers(0, classes, rows - classes)))
    raw = rng.integers(0, draw(st.sampled_from([3, 1_000])), (rows, classes)) + 1.0
    # Whole sixteenths, so that equal probabilities are equal to the last bit.
    p = np.column_stack([1 - raw[:, 1] / 1024, raw[:, 1] / 1024]) if classes == 2 else raw
    weight = draw(st.sampled_from([None, rng.integers(1, 4, rows), rng.random(rows) + 0.1]))
    return y, p / p.sum(axis=1, keepdims=True), None if weight is None else weight.astype(float)


@given(samples(2), st.floats(0.05, 0.95))
@settings(max_examples=25, deadline=None)
def test_metrics_of_two_classes_and_of_numbers_equal_sklearn(sample, quantile):
    y, p, weight = sample
    labels, positive = p.argmax(axis=1), p[:, 1]
    expected = {
        "roc_auc": reference.roc_auc_score(y, positive, sample_weight=weight),
        "average_precision": reference.average_precision_score(y, positive, sample_weight=weight),
        "log_loss": reference.log_loss(y, p, sample_weight=weight),
        "f1": reference.f1_score(y, labels, sample_weight=weight, zero_division=0),
    }
    for name in ("accuracy", "balanced_accuracy", "mcc"):
        expected[name] = OF_SKLEARN[name](y, labels, sample_weight=weight)
    for name, value in expected.items():
        assert score(name, y, p, weight) == pytest.approx(value, abs=1e-9), name
    truth, values = p[:, 0] * 7 - 3, positive
    for name in ("rmse", "mae"):
        value = OF_SKLEARN[name](truth, values, sample_weight=weight)
        assert score(name, truth, values, weight) == pytest.approx(value), name
    value = reference.mean_pinball_loss(truth, values, sample_weight=weight, alpha=quantile)
    assert score(Measure("pinball", quantile), truth, values, weight) == pytest.approx(value)


@given(samples(4))
@settings(max_examples=25, deadline=None)
def test_metrics_of_more_classes_equal_sklearn(sample):
    y, p, weight = sample
    labels = p.argmax(axis=1)
    areas = {"sample_weight": weight, "average": "macro"}
    expected = {
        "roc_auc": reference.roc_auc_score(y, p, multi_class="ovr", **areas),
        "average_precision": reference.average_precision_score(y, p, **areas),
        "log_loss": reference.log_loss(y, p, sample_weight=weight),
        "f1": reference.f1_score(y, labels, zero_division=0, **areas),
    }
    for name in ("accuracy", "balanced_accuracy", "mcc"):
        expected[name] = OF_SKLEARN[name](y, labels, sample_weight=weight)
    for name, value in expected.items():
        assert score(name, y, p, weight) == pytest.approx(value, abs=1e-9), name


def test_the_share_of_the_variance_equals_sklearn():
    y, prediction, weight = RNG.normal(size=200), RNG.normal(size=200), RNG.random(200)
    assert score("r2", y, prediction) == pytest.approx(reference.r2_score(y, prediction))
    expected = reference.r2_score(y, prediction, sample_weight=weight)
    assert score("r2", y, prediction, weight) == pytest.approx(expected)


def test_scores_outside_of_0_to_2_rank_the_same():
    y, p = RNG.integers(0, 2, 300), probabilities(300, 2)
    moved = p * 40 - 20
    assert score("roc_auc", y, moved) == pytest.approx(reference.roc_auc_score(y, moved[:, 1]))


def test_a_weight_of_2_is_the_same_as_a_row_twice():
    y, p, twice = RNG.integers(0, 3, 90), probabilities(90, 3), RNG.random(90) < 0.3
    rows = np.concatenate([np.arange(90), np.flatnonzero(twice)])
    for name in metrics_of("multiclass"):
        expected = score(name, y[rows], p[rows])
        assert score(name, y, p, 1.0 + twice) == pytest.approx(expected), name
    assert np.isnan(score("accuracy", y, p, np.zeros(90)))


def test_costs_are_those_of_the_cheapest_label():
    costs = ((0.0, 1.0), (10.0, 0.0))
    y, p = np.array([0, 1, 0]), np.array([[0.8, 0.2], [0.95, 0.05], [0.95, 0.05]])
    # Labels 1, 0, 0: one false alarm, one positive missed.
    assert score(Measure("cost", costs=costs), y, p) == pytest.approx(11 / 3)
    assert score("cost", y, p) == pytest.approx(1 / 3)  # the share of wrong labels


def test_a_tuned_measure_is_never_worse_than_the_most_probable_class():
    y, p = (RNG.random(500) < 0.1).astype(int), probabilities(500, 2) * [1, 0.3]
    p /= p.sum(axis=1, keepdims=True)
    for name in ("f1", "mcc", "balanced_accuracy", "accuracy"):
        assert score(Measure(name, tuned=True), y, p) >= score(name, y, p), name
    y, p = RNG.integers(0, 4, 300), probabilities(300, 4)
    for name in ("f1", "mcc", "balanced_accuracy", "accuracy"):
        assert score(Measure(name, tuned=True), y, p) >= score(name, y, p), name


def test_a_measure_scores_the_labels_of_its_decision():
    y, p = np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.7, 0.3], [0.6, 0.4], [0.2, 0.8]])
    measure = Measure("f1", tuned=True)
    assert score(measure, y, p) == 1
    assert score(measure.decided(None), y, p) == pytest.approx(2 / 3)
    assert score(measure.decided(Labelling(weights=(0.35, 0.65))), y, p) == 1


def test_a_class_without_rows_is_left_out_of_the_mean():
    y, p = RNG.integers(0, 3, 100), probabilities(100, 4)
    expected = np.mean([reference.roc_auc_score(y == code, p[:, code]) for code in range(3)])
    assert score("roc_auc", y, p) == pytest.approx(expected)


def test_loss_is_lower_for_the_better_prediction_in_every_metric():
    y = RNG.integers(0, 2, 200)
    good = np.where(y == 1, 0.8, 0.2) + RNG.normal(0, 0.2, 200).clip(-0.2, 0.2)
    pairs = {
        "values": (good, 1 - good),
        "probabilities": (np.column_stack([1 - good, good]), np.column_stack([good, 1 - good])),
    }
    for name, info in METRICS.items():
        better, worse = pairs["values" if info.needs == "values" else "probabilities"]
        assert 0 <= loss(name, y, better) < loss(name, y, worse), name


def test_no_number_comes_out_of_what_is_none():
    assert np.isnan(score("rmse", np.zeros(2), np.array([0.0, np.nan])))
    assert np.isnan(score("rmse", np.zeros(0), np.zeros(0)))
    assert np.isnan(score("roc_auc", np.zeros(3), probabilities(3, 2)))
    assert np.isnan(score("r2", np.zeros(3), np.zeros(3)))


def test_folds_of_different_base_rates_are_not_ranked_against_each_other():
    folds = np.repeat([0, 1], 100)
    y = np.concatenate([np.arange(100) < 10, np.arange(100) < 90]).astype(int)
    # Perfect within each fold; the second model is more cautious than the first.
    positive = np.where(y == 1, 0.6, 0.5) - 0.3 * folds
    p = np.column_stack([1 - positive, positive])
    assert loss("roc_auc", y, p) > 0.3
    assert loss_by_fold("roc_auc", y, p, folds) == 0
    assert loss_by_fold("roc_auc", y, p, np.zeros(200)) == loss("roc_auc", y, p)


def test_a_fold_of_one_class_does_not_count():
    folds, y = np.repeat([0, 1], 4), np.array([0, 0, 0, 0, 0, 1, 0, 1])
    p = np.column_stack([1 - y * 0.5, y * 0.5])
    assert loss_by_fold("roc_auc", y, p, folds) == 0
    assert np.isnan(loss_by_fold("roc_auc", y, np.full((8, 2), np.nan), folds))
    assert np.isnan(loss_by_fold("roc_auc", np.zeros(8), p, folds))


def test_an_unsuited_metric_names_those_that_suit():
    with pytest.raises(ProblemError, match=r"'roc_auc' does not suit.*'regression'.*rmse, mae, r2"):
        check_metric("roc_auc", "regression", where="x.yaml")
    with pytest.raises(ProblemError, match=r"log_loss, roc_auc.*mcc, cost \(with 'costs'\)"):
        check_metric("pinball", "multiclass")


def test_an_unknown_metric_names_the_nearest():
    with pytest.raises(ProblemError, match=r"no metric 'ROC-AUC'\. Did you mean 'roc_auc'\?"):
        check_metric("ROC-AUC", "binary")


def problem(**more):
    return Problem(name="shop", source="x.csv", target="y", **more)


def test_the_measure_of_a_problem_knows_its_settings():
    costs = {"a": {"b": 3}, "b": {"a": 1, "b": 0.5}}
    measure = measure_of(problem(task="binary", metric="cost", costs=costs), ["a", "b"])
    assert measure.costs == ((0, 3), (1, 0.5))
    assert measure_of(problem(task="regression", metric="pinball", quantile=0.9)).quantile == 0.9
    assert not measure_of(problem(task="binary", metric="roc_auc"), ["a", "b"]).tuned


def test_the_measures_of_a_report_begin_with_the_problems_own():
    plain = measures_of(problem(task="regression", metric="mae"))
    assert [each.name for each in plain] == ["mae", "rmse", "r2"]
    asked = measures_of(problem(task="regression", metric="pinball", quantile=0.9))
    assert [each.name for each in asked] == ["pinball", "rmse", "mae", "r2"]
    costly = problem(task="binary", metric="f1", costs={"a": {"b": 1}, "b": {"a": 1}})
    decision = Labelling(weights=(0.3, 0.7))
    names = [each.name for each in measures_of(costly, ["a", "b"], decision)]
    assert names[0] == "f1"
    assert "cost" in names
    assert all(each.decision == decision for each in measures_of(costly, ["a", "b"], decision))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_default_suits_its_task(task):
    check_metric(default_metric(task), task)
    assert metrics_of(task)[0] == default_metric(task)
