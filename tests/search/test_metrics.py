import numpy as np
import pytest
from sklearn import metrics as reference

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Metric
from automl_tasks.search.metrics import (
    METRICS,
    check_metric,
    default_metric,
    loss,
    loss_by_fold,
    metrics_of,
    score,
)

RNG = np.random.default_rng(0)


def probabilities(rows, classes, decimals=2):
    """Rounded, so that ties occur."""
    raw = np.round(RNG.random((rows, classes)), decimals) + 0.01
    return raw / raw.sum(axis=1, keepdims=True)


def test_every_metric_of_a_problem_file_is_in_the_table():
    assert set(METRICS) == set(Metric.__args__)


@pytest.mark.parametrize(
    ("metric", "of_sklearn"),
    [
        ("rmse", reference.root_mean_squared_error),
        ("mae", reference.mean_absolute_error),
        ("r2", reference.r2_score),
    ],
)
def test_regression_metrics_equal_sklearn(metric, of_sklearn):
    y, prediction = RNG.normal(size=200), RNG.normal(size=200)
    assert score(metric, y, prediction) == pytest.approx(of_sklearn(y, prediction))


def test_binary_metrics_equal_sklearn():
    y, p = RNG.integers(0, 2, 300), probabilities(300, 2)
    # Ties in the second column only count when it is not divided by the row's sum.
    p = np.column_stack([1 - np.round(p[:, 1], 1), np.round(p[:, 1], 1)])
    assert score("roc_auc", y, p) == pytest.approx(reference.roc_auc_score(y, p[:, 1]))
    assert score("average_precision", y, p) == pytest.approx(
        reference.average_precision_score(y, p[:, 1])
    )
    assert score("accuracy", y, p) == pytest.approx(reference.accuracy_score(y, p.argmax(axis=1)))


def test_multiclass_metrics_equal_sklearn():
    y, p = RNG.integers(0, 4, 300), probabilities(300, 4)
    assert score("log_loss", y, p) == pytest.approx(reference.log_loss(y, p))
    assert score("roc_auc", y, p) == pytest.approx(
        reference.roc_auc_score(y, p, multi_class="ovr", average="macro")
    )
    assert score("balanced_accuracy", y, p) == pytest.approx(
        reference.balanced_accuracy_score(y, p.argmax(axis=1))
    )


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
    with pytest.raises(ProblemError, match="log_loss, roc_auc, accuracy"):
        check_metric("average_precision", "multiclass")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_default_suits_its_task(task):
    check_metric(default_metric(task), task)
    assert metrics_of(task)[0] == default_metric(task)
