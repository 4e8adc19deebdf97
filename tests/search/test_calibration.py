import numpy as np
import pytest

from automl_tasks.search.calibration import choose_calibration
from automl_tasks.search.formulas import log_loss, roc_auc
from automl_tasks.search.measure import Measure
from automl_tasks.serve.calibration import calibrate

LOG_LOSS, AUC = Measure("log_loss"), Measure("roc_auc")


def drawn(classes=3, rows=3_000, power=1.0, seed=0, shift=0.0):
    """Labels, and what an over-careful (power below 1) or over-certain model says of them."""
    rng = np.random.default_rng(seed)
    true = rng.dirichlet(np.full(classes, 0.7), rows)
    y = (rng.random((rows, 1)) > true.cumsum(axis=1)).sum(axis=1)
    said = true**power
    said[:, -1] *= np.exp(shift)
    return np.minimum(y, classes - 1), said / said.sum(axis=1, keepdims=True)


def chosen(y, p, measure=LOG_LOSS, **settings):
    return choose_calibration(measure, y, p, **settings)


@pytest.mark.parametrize("power", [0.5, 2.0])
def test_a_temperature_undoes_too_much_or_too_little_certainty(power):
    y, p = drawn(power=power)
    state = chosen(y, p)
    assert state["kind"] == "temperature"
    assert state["power"] == pytest.approx(1 / power, rel=0.1)
    fresh = drawn(power=power, seed=1)
    right = drawn(seed=1)
    after = log_loss(fresh[0], calibrate(fresh[1], state), None)
    assert after == pytest.approx(log_loss(*right, None), abs=0.002)
    assert after < log_loss(*fresh, None) - 0.02


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("rows", [40, 300, 3_000, 20_000])
def test_right_probabilities_are_left_alone(classes, rows):
    assert chosen(*drawn(classes, rows)) is None


def test_of_many_right_models_one_in_twenty_is_touched_at_most():
    touched = sum(chosen(*drawn(2, 400, seed=seed)) is not None for seed in range(60))
    assert touched <= 6


def test_two_classes_may_be_shifted():
    y, p = drawn(2, shift=1.0)
    state = chosen(y, p)
    assert state["kind"] == "platt"
    assert state["shift"] == pytest.approx(-1, abs=0.15)


def test_a_bent_scale_is_straightened_by_isotonic_regression_but_not_where_ranks_count():
    y, p = drawn(2, 20_000)
    bent = np.where(p[:, 1] < 0.5, p[:, 1] ** 3 * 4, 0.5 + (p[:, 1] - 0.5) ** 3 * 4)
    said = np.column_stack([1 - bent, bent])
    state = chosen(y, said)
    assert state["kind"] == "isotonic"
    fresh_y, fresh = drawn(2, 20_000, seed=1)
    bent = np.where(fresh[:, 1] < 0.5, fresh[:, 1] ** 3 * 4, 0.5 + (fresh[:, 1] - 0.5) ** 3 * 4)
    after = calibrate(np.column_stack([1 - bent, bent]), state)
    assert log_loss(fresh_y, after, None) < log_loss(fresh_y, fresh, None) + 0.003
    assert after.min() > 0
    ranked = chosen(y, said, AUC)
    assert ranked is None or ranked["kind"] != "isotonic"
    assert roc_auc(y, calibrate(said, ranked), None) == pytest.approx(roc_auc(y, said, None))
    assert (chosen(y[:4_000], said[:4_000]) or {}).get("kind") != "isotonic"  # of too few rows


def test_several_classes_can_each_have_a_line():
    y, p = drawn(3, 20_000)
    said = p.copy()
    said[:, 0] = said[:, 0] ** 3
    said /= said.sum(axis=1, keepdims=True)
    state = chosen(y, said)
    assert state["kind"] == "isotonic"
    after = calibrate(said, state)
    np.testing.assert_allclose(after.sum(axis=1), 1)
    assert log_loss(y, after, None) < log_loss(y, said, None) - 0.02


def test_a_metric_that_ranks_several_classes_never_loses():
    for seed in range(4):
        y, p = drawn(4, 1_500, power=0.6, seed=seed)
        state = chosen(y, p, AUC)
        assert roc_auc(y, calibrate(p, state), None) >= roc_auc(y, p, None) - 1e-9


def test_rows_count_by_their_weights():
    careful, certain = drawn(power=0.5), drawn(power=2.0, seed=1)
    y, p = (np.concatenate(pair) for pair in zip(careful, certain, strict=True))
    for of_careful, power in ((1.0, 2.0), (0.0, 0.5)):
        weight = np.repeat([of_careful, 1 - of_careful], 3_000)
        assert chosen(y, p, weight=weight)["power"] == pytest.approx(power, rel=0.1)


def test_one_certain_mistake_does_not_decide():
    y, p = drawn(power=0.5)
    p[0] = np.eye(3)[(y[0] + 1) % 3]
    assert chosen(y, p)["power"] == pytest.approx(2, rel=0.1)


def test_what_holds_in_one_stretch_of_time_alone_is_not_kept():
    early, late = drawn(rows=2_000, power=0.5), drawn(rows=2_000, power=1.5, seed=1)
    y, p = (np.concatenate(pair) for pair in zip(early, late, strict=True))
    noise = chosen(y, p, ordered=True)
    assert noise is None or noise["power"] == pytest.approx(1, abs=0.3)


def test_nothing_is_made_of_one_class_or_of_predictions_that_are_no_numbers():
    y, p = drawn()
    assert chosen(np.zeros(len(y)), p) is None
    p[3] = np.nan
    assert chosen(y, p) is None


def test_large_tables_are_calibrated_on_a_sample():
    y, p = drawn(26, 120_000, power=0.7)
    assert chosen(y, p)["power"] == pytest.approx(1 / 0.7, rel=0.05)
