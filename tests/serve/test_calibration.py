import numpy as np
import pytest

from automl_tasks.serve import BadPackage
from automl_tasks.serve.calibration import calibrate

TWO = np.array([[0.9, 0.1], [0.5, 0.5], [0.0, 1.0]])
THREE = np.array([[0.7, 0.2, 0.1], [0.0, 0.5, 0.5]])
STATES = {
    "temperature": {"kind": "temperature", "power": 2.0},
    "platt": {"kind": "platt", "slope": 2.0, "shift": 0.0},
    "isotonic": {"kind": "isotonic", "from": [[0.1, 0.5, 1]], "to": [[0.01, 0.5, 0.99]]},
}


@pytest.mark.parametrize("kind", STATES)
def test_rows_sum_to_one_each_by_itself(kind):
    together = calibrate(TWO, STATES[kind])
    np.testing.assert_allclose(together.sum(axis=1), 1)
    for row in range(3):
        assert calibrate(TWO[[row]], STATES[kind])[0].tolist() == together[row].tolist()
    assert calibrate(TWO[:0], STATES[kind]).shape == (0, 2)
    np.testing.assert_allclose(together[1], [0.5, 0.5])


def test_a_power_of_two_squares_the_odds():
    found = calibrate(TWO, STATES["temperature"])
    assert found[0, 0] == pytest.approx(81 / 82)
    np.testing.assert_allclose(calibrate(TWO, STATES["platt"])[:2], found[:2])
    many = calibrate(THREE, STATES["temperature"])
    np.testing.assert_allclose(many[0], np.array([49, 4, 1]) / 54)


def test_each_class_has_its_own_line():
    line = [[0.0, 1.0]] * 3
    state = {"kind": "isotonic", "from": line, "to": [[0.0, 1.0], [0.0, 1.0], [0.0, 0.5]]}
    np.testing.assert_allclose(calibrate(THREE, state)[0], np.array([0.7, 0.2, 0.05]) / 0.95)


def test_without_a_calibration_probabilities_stay_as_they_are():
    assert calibrate(TWO, None) is TWO


def test_an_unknown_kind_is_refused():
    with pytest.raises(BadPackage, match="'spline'"):
        calibrate(TWO, {"kind": "spline"})
