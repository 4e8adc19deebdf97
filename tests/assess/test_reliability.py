from types import SimpleNamespace

import numpy as np
import pytest

from automl_tasks.assess.reliability import reliability_of
from automl_tasks.search.conformal import conformal_state


def judged(y, prediction, *, conformal=None, calibration=None, weight=None):
    candidate = SimpleNamespace(conformal=conformal, calibration=calibration)
    return reliability_of(candidate, y, prediction, weight)


def coin(rows=20_000, seed=0, power=1.0):
    """Labels, and the probabilities from which they came, or overstated ones."""
    rng = np.random.default_rng(seed)
    chance = rng.random(rows)
    said = chance**power / (chance**power + (1 - chance) ** power)
    return (rng.random(rows) < chance).astype(float), np.column_stack([1 - said, said])


def test_right_probabilities_miss_by_chance_alone():
    found = judged(*coin()).calibration
    assert found.kind == "none"
    assert found.error < 2 * found.noise
    assert found.brier == pytest.approx(1 / 6, abs=0.01)
    assert sum(each.rows for each in found.bins) == 20_000
    assert [each.said for each in found.bins] == sorted(each.said for each in found.bins)


def test_overstated_probabilities_show():
    found = judged(*coin(power=3.0), calibration={"kind": "platt"}).calibration
    assert found.kind == "platt"
    assert found.error > 10 * found.noise
    assert found.bins[0].said < found.bins[0].came
    assert found.bins[-1].said > found.bins[-1].came


def test_of_several_classes_the_most_probable_one_is_judged():
    p = np.tile([0.2, 0.5, 0.3], (400, 1))
    y = np.repeat([0, 1, 2], [80, 200, 120])
    (only,) = judged(y, p).calibration.bins
    assert (only.said, only.came) == (pytest.approx(0.5), 0.5)


def test_rows_count_by_their_weights():
    y, p = coin(2_000)
    weight = np.where(y == 1, 2.0, 0.0)
    assert all(each.came == 1 for each in judged(y, p, weight=weight).calibration.bins)
    twice, once = np.full(2_000, 2.0), np.ones(2_000)
    assert judged(y, p, weight=twice) == judged(y, p, weight=once) == judged(y, p)


def test_coverage_of_values_is_measured_with_its_range():
    rng = np.random.default_rng(0)
    errors, said = rng.normal(size=6_000), rng.normal(size=6_000)
    conformal = conformal_state(said[:3_000] + errors[:3_000], said[:3_000])
    found = judged(said[3_000:] + errors[3_000:], said[3_000:], conformal=conformal)
    assert found.calibration is None
    assert [each.asked for each in found.coverage] == [0.8, 0.9, 0.95]
    for each in found.coverage:
        assert each.low < each.found < each.high
        assert each.found == pytest.approx(each.asked, abs=0.02)
    assert found.coverage[1].size == pytest.approx(2 * 1.645, rel=0.05)
    wrong = judged(said[3_000:] + 3 * errors[3_000:], said[3_000:], conformal=conformal)
    assert all(each.high < each.asked for each in wrong.coverage)


def test_coverage_of_class_sets_is_measured():
    y, p = coin(8_000)
    conformal = conformal_state(y[:4_000], p[:4_000])
    found = judged(y[4_000:], p[4_000:], conformal=conformal).coverage
    assert [round(each.found, 1) for each in found] == [0.8, 0.9, 0.9]
    sizes = [each.size for each in found]
    assert 1 < sizes[0] < sizes[1] < sizes[2] < 2


def test_levels_of_which_few_rows_do_not_tell_are_left_out():
    y, p = coin(12)
    found = judged(*coin(100), conformal=conformal_state(y, p)).coverage
    assert [each.asked for each in found] == [0.8, 0.9]


def test_too_few_rows_are_not_judged():
    assert judged(*coin(19)) is None
