import numpy as np
import pytest

from automl_tasks.monitor.prediction_drift import prediction_drift

RNG = np.random.default_rng(5)
VALUES = RNG.normal(size=3000)


def probabilities(rows, *strengths, seed=0):
    return np.random.default_rng(seed).dirichlet(strengths, rows)


def test_equal_predictions_have_not_drifted():
    found = prediction_drift(VALUES[:2500], VALUES[2500:])
    assert (found.column, found.kind, found.drifted) == ("prediction", "numeric", False)
    same = prediction_drift(probabilities(2000, 2, 3), probabilities(400, 2, 3, seed=1))
    assert not same.drifted


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (VALUES, VALUES[:400] + 1),
        (probabilities(2000, 2, 3), probabilities(400, 3, 2, seed=1)),
        (probabilities(2000, 2, 3, 4), probabilities(400, 4, 3, 4, seed=1)),
        (np.array(["yes", "no"] * 500), np.array(["yes"] * 200)),
    ],
    ids=["values", "two classes", "three classes", "labels"],
)
def test_a_change_of_predictions_is_found(reference, current):
    found = prediction_drift(reference, current)
    assert found.drifted
    assert found.p_value < 0.001
    assert found.effect > 0.1


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (VALUES, VALUES[:0]),
        (probabilities(50, 1, 1, 1), probabilities(50, 1, 1)),
        (VALUES, VALUES[:0].reshape(0, 0)),
    ],
    ids=["no rows", "another number of classes", "no classes"],
)
def test_what_cannot_be_compared_is_unknown(reference, current):
    found = prediction_drift(reference, current)
    assert (found.kind, found.drifted, found.p_value) == ("unknown", False, None)
    assert found.why


def test_predictions_that_are_no_numbers_any_more_have_drifted():
    assert prediction_drift(VALUES, np.full(200, np.nan)).drifted


def test_many_predictions_are_thinned_and_stay_quick():
    many = np.random.default_rng(0).normal(size=2_000_000)
    found = prediction_drift(many[:1_900_000], many[1_900_000:])
    assert not found.drifted
