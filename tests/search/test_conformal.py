import json

import numpy as np
import pytest

from automl_tasks.search.conformal import conformal_state
from automl_tasks.serve.intervals import bounds, class_sets, most_coverage


def uneven(rows, seed=0):
    """Errors that grow with the prediction, and reach further up than down."""
    rng = np.random.default_rng(seed)
    said = rng.uniform(0, 4, rows)
    return said + (0.2 + said) * (rng.exponential(size=rows) - 0.5), said


def covered(y, said, state, coverage):
    lower, upper = bounds(said, state, coverage)
    return ((y >= lower) & (y <= upper)).mean()


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_new_rows_lie_inside_as_often_as_asked_wherever_the_prediction_is(coverage):
    state, (y, said) = conformal_state(*uneven(10_000)), uneven(20_000, seed=1)
    assert covered(y, said, state, coverage) == pytest.approx(coverage, abs=0.01)
    for part in (said < 1, said > 3):
        assert covered(y[part], said[part], state, coverage) == pytest.approx(coverage, abs=0.03)


def test_intervals_are_wider_where_errors_are_and_reach_further_where_they_do():
    state = conformal_state(*uneven(10_000))
    (low, high), said = bounds(np.array([0.5, 3.5]), state, 0.9), [0.5, 3.5]
    assert (high - low)[1] > 3 * (high - low)[0]
    assert ((high - said) > 3 * (said - low)).all()


def test_on_average_over_few_rows_the_coverage_is_kept():
    found = []
    for seed in range(200):
        state, (y, said) = conformal_state(*uneven(40, seed)), uneven(200, seed + 1_000)
        found.append(covered(y, said, state, 0.8))
    assert np.mean(found) == pytest.approx(0.8, abs=0.02)


def test_rows_count_by_their_weights():
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.normal(size=900), 10 * rng.normal(size=900)])
    said, weight = np.zeros(1_800), np.repeat([1.0, 0.0], 900)
    narrow = conformal_state(y[:900], said[:900])
    assert conformal_state(y, said, weight) == narrow
    assert conformal_state(y, said, np.full(1_800, 7.0)) == conformal_state(y, said)
    low, high = bounds(np.zeros(1), conformal_state(y, said, np.where(weight, 3.0, 1.0)), 0.9)
    alone, equal = (
        np.diff(bounds(np.zeros(1), each, 0.9), axis=0).item()
        for each in (narrow, conformal_state(y, said))
    )
    assert alone < (high - low).item() < equal


def test_equal_predictions_share_a_table():
    rng = np.random.default_rng(0)
    said = rng.choice([1.0, 2.0, 3.0], 6_000, p=[0.9, 0.09, 0.01])
    state = conformal_state(said + rng.normal(size=6_000) * said, said)
    assert len(state["tables"]) == 2
    assert len(state["edges"]) == 1


def test_tables_stay_small_and_are_plain_json():
    state = conformal_state(*uneven(100_000))
    assert len(json.dumps(state, allow_nan=False)) < 40_000
    assert most_coverage(state) > 0.999


def classes(rows, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([1, 1, 1, 1], rows)
    return (rng.random((rows, 1)) > p.cumsum(axis=1)).sum(axis=1), p


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_sets_hold_the_true_class_as_often_as_asked(coverage):
    state, (y, p) = conformal_state(*classes(4_000)), classes(20_000, seed=1)
    inside = class_sets(p, state, coverage)
    assert inside[np.arange(len(y)), y].mean() == pytest.approx(coverage, abs=0.015)
    assert inside.any(axis=1).all()
    assert inside[p >= 0.99].sum() == (p >= 0.99).sum()


def test_a_set_is_the_most_probable_class_at_least():
    state = conformal_state(np.zeros(500), np.tile([0.99, 0.01], (500, 1)))
    assert class_sets(np.array([[0.6, 0.4]]), state, 0.9).tolist() == [[True, False]]


def test_of_too_few_rows_nothing_is_said():
    y, said = uneven(9)
    assert conformal_state(y, said) is None
    y, said = uneven(10)
    assert most_coverage(conformal_state(y, said)) == pytest.approx(1 - 2 / 11, abs=1e-6)
