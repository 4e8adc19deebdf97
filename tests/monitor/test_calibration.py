import numpy as np
import pytest

from automl_tasks.monitor.calibration import fit_calibration, suited_kind


def both(yes):
    return np.column_stack([1 - yes, yes])


def overconfident(rows, seed=0):
    """Labels, probabilities that are too extreme, and what is true."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=rows) - 0.5
    true = 1 / (1 + np.exp(-z))
    return (rng.random(rows) < true).astype(np.int64), both(1 / (1 + np.exp(-3 * z))), true


@pytest.mark.parametrize("kind", ["isotonic", "platt", "temperature"])
def test_probabilities_come_to_mean_what_they_say(kind):
    truth, said, true = overconfident(4000)
    if kind == "temperature":  # it knows no shift
        said = both(1 / (1 + np.exp(-3 * np.log(true / (1 - true)))))
    calibrated = fit_calibration(kind, truth, said)(said)
    assert np.abs(calibrated[:, 1] - true).mean() < 0.03
    assert np.abs(said[:, 1] - true).mean() > 0.1
    assert calibrated.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["isotonic", "platt", "temperature"])
def test_a_weight_of_two_is_a_row_twice(kind):
    truth, said, _ = overconfident(300)
    twice = np.arange(300) % 3
    repeated = np.repeat(np.arange(300), twice)
    weighted = fit_calibration(kind, truth, said, twice.astype(float))(said)
    assert weighted == pytest.approx(
        fit_calibration(kind, truth[repeated], said[repeated])(said), abs=1e-4
    )


@pytest.mark.parametrize("kind", ["isotonic", "platt", "temperature"])
def test_certain_and_perfect_probabilities_stay_finite(kind):
    truth = np.arange(100) % 2
    calibrated = fit_calibration(kind, truth, both(truth.astype(float)))(both(truth.astype(float)))
    assert np.isfinite(calibrated).all()
    assert ((calibrated[:, 1] > 0.5) == truth).all()


def test_many_classes_sum_to_one_also_where_no_curve_leaves_a_share():
    truth = np.repeat([0, 1, 2], 50)
    said = np.full((150, 3), 0.1)
    said[np.arange(150), truth] = 0.8
    calibrated = fit_calibration("isotonic", truth, said)(np.full((4, 3), 0.1))
    assert calibrated == pytest.approx(np.full((4, 3), 1 / 3))


def test_many_steps_need_many_rows():
    assert suited_kind(np.arange(20_000) % 2, 2) == "isotonic"
    assert suited_kind((np.arange(20_000) < 50).astype(np.int64), 2) == "platt"
    assert suited_kind(np.arange(100) % 2, 2) == "platt"
    assert suited_kind(np.arange(2000) % 3, 3) == "platt"
    assert suited_kind(np.arange(500) % 3, 3) == "temperature"
