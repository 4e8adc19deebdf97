import numpy as np
import pytest

from automl_tasks.search.measure import Measure
from automl_tasks.search.metrics import score
from automl_tasks.search.offsets import best_offset


def noisy_means(rows=4_000, seed=0):
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=rows)
    return mean + rng.normal(0, 0.5, rows), mean


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_an_offset_makes_quantiles_of_means(quantile):
    measure = Measure("pinball", quantile)
    y, mean = noisy_means()
    new_y, new_mean = noisy_means(seed=1)
    moved = new_mean + best_offset(measure, y, mean)
    assert np.mean(new_y <= moved) == pytest.approx(quantile, abs=0.02)
    assert score(measure, new_y, moved) <= score(measure, new_y, new_mean) + 1e-3


def test_a_search_compares_models_as_if_they_had_their_offset():
    tuned, plain = Measure("pinball", 0.9, tuned=True), Measure("pinball", 0.9)
    y, mean = noisy_means()
    offset = best_offset(plain, y, mean)
    assert score(tuned, y, mean) == pytest.approx(score(plain, y, mean + offset))
    assert score(tuned, y, mean) < 0.5 * score(plain, y, mean)
    assert score(tuned.decided(None), y, mean) == score(plain, y, mean)


def test_rows_weigh_and_other_measures_have_none():
    y, weight = np.array([1.0, 2.0, 100.0]), np.array([1.0, 1.0, 0.0])
    assert best_offset(Measure("pinball", 0.9), y, np.zeros(3), weight) == 2
    assert best_offset(Measure("rmse"), y, np.zeros(3)) == 0
