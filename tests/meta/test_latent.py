import math

import numpy as np
import pytest

from automl_tasks.meta import Matrix
from automl_tasks.meta.latent import LatentFactors, expected_improvement
from automl_tasks.meta.scaling import normalised


def test_expected_improvement_is_the_mean_of_the_improvements() -> None:
    draws = np.random.default_rng(0).normal(1.0, 0.5, 1_000_000)
    value = expected_improvement(np.array([1.0]), np.array([0.5]), 0.8)[0]
    assert value == pytest.approx(np.maximum(0.8 - draws, 0).mean(), rel=0.01)


def test_expected_improvement_far_from_the_best() -> None:
    values = expected_improvement(np.array([-9.0, 9.0]), np.array([0.1, 0.1]), 0.0)
    assert values[0] == pytest.approx(9.0)
    assert 0 <= values[1] < 1e-9


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e6])
def test_results_place_a_table_whatever_the_unit(matrix: Matrix, unit: float) -> None:
    scaled = normalised(matrix.losses)
    table = int(np.argmax(matrix.metafeatures[:, 0]))  # one that boosting suits
    others = np.delete(scaled, table, axis=0)
    factors = LatentFactors(others, np.full(len(others), 1 / len(others)))
    at = np.array([3, 5, 11, 13, 21, 23])
    losses = unit * matrix.losses[table, at]
    gains, one = factors.improvement(at, losses, float(losses.min()))
    unseen = np.setdiff1d(np.arange(24), at)
    assert matrix.families[unseen[gains[unseen].argmax()]] == "boost"
    real = unit * (np.median(matrix.losses[table]) - matrix.losses[table].min())
    assert math.log(one / real) == pytest.approx(0, abs=1.0)


def test_where_zero_lies_does_not_matter(matrix: Matrix) -> None:
    factors = LatentFactors(normalised(matrix.losses), np.full(60, 1 / 60))
    at = np.array([3, 5, 11, 13, 19, 21])
    losses = matrix.losses[7, at] - 5
    near, unit = factors.improvement(at, losses, float(losses.min()))
    far, far_unit = factors.improvement(at, losses + 4 * unit, float(losses.min()) + 4 * unit)
    assert np.allclose(near, far, rtol=0.1, atol=0.01)
    assert far_unit == pytest.approx(unit, rel=0.2)


def test_equal_results_tell_nothing(matrix: Matrix) -> None:
    factors = LatentFactors(normalised(matrix.losses), np.full(60, 1 / 60))
    gains, unit = factors.improvement(np.arange(6), np.full(6, 0.3), 0.3)
    assert unit == 0
    assert not gains.any()
