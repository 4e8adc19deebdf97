import numpy as np
import pandas as pd
from scipy.signal import lfilter

from automl_tasks.monitor.drift import measure_drift
from automl_tasks.monitor.stretches import between

PHI = 0.9


def wandering(rng, rows, columns):
    """Stationary, unit variance, each row like the one before it."""
    noise = rng.normal(scale=np.sqrt(1 - PHI**2), size=(rows + 200, columns))
    values = lfilter([1], [1, -PHI], noise, axis=0)[200:]
    return pd.DataFrame(values).add_prefix("c")


def test_windows_of_a_wandering_column_are_no_drift():
    """200 windows of 20 columns in all: at most 1 alarm in 100 checks."""
    alarms, naive = [], []
    for seed in range(20):
        frame = wandering(np.random.default_rng(seed), 4000, 20)
        for start in range(2000, 4000, 200):
            sides = frame[:2000], frame[start : start + 200]
            alarms.append(bool(measure_drift(*sides).drifted))
        naive.append(bool(measure_drift(*sides, ordered=False).drifted))
    assert np.mean(naive) == 1
    assert len(alarms) == 200
    assert np.mean(alarms) <= 0.01


def test_a_true_shift_of_a_wandering_column_is_found():
    frame = wandering(np.random.default_rng(1), 10_300, 20)
    current = frame[10_000:].assign(c3=lambda rows: rows["c3"] + 2.5)
    assert measure_drift(frame[:10_000], current).drifted == ["c3"]


def test_a_season_seen_in_training_is_no_drift():
    hours = np.arange(3 * 8760)
    rng = np.random.default_rng(0)
    warm = -np.cos(2 * np.pi * hours / 8760) + rng.normal(scale=0.3, size=len(hours))
    frame = pd.DataFrame({"temp": warm})
    july = slice(2 * 8760 + 4380, 2 * 8760 + 5110)
    assert measure_drift(frame[: 2 * 8760], frame[july], ordered=False).drifted == ["temp"]
    assert measure_drift(frame[: 2 * 8760], frame[july]).drifted == []


def test_levels_and_gaps_that_stay_a_while_are_no_drift():
    rng = np.random.default_rng(3)
    last = np.maximum.accumulate(
        np.where(rng.random((2300, 10)) < 0.95, 0, np.arange(2300)[:, None])
    )
    kinds = np.take_along_axis(rng.integers(4, size=(2300, 10)), last, axis=0)
    levels = pd.DataFrame(kinds.astype(str)).add_prefix("level")
    holes = pd.DataFrame(np.where(kinds == 0, np.nan, 1.0)).add_prefix("hole")
    frame = pd.concat([levels, holes], axis=1)
    assert len(measure_drift(frame[:2000], frame[2000:], ordered=False).drifted) > 10
    assert measure_drift(frame[:2000], frame[2000:]).drifted == []


def test_effective_rows_of_a_wandering_column():
    frame = wandering(np.random.default_rng(2), 20_300, 1)
    (column,) = measure_drift(frame[:20_000], frame[20_000:]).columns
    # (1 - phi) / (1 + phi) of 300 rows
    assert 8 < column.effective_rows < 30
    noise = pd.DataFrame({"x": np.random.default_rng(2).normal(size=20_300)})
    (column,) = measure_drift(noise[:20_000], noise[20_000:]).columns
    assert column.effective_rows > 200


def test_a_sample_that_kept_its_positions_knows_how_long_a_stretch_is():
    whole = wandering(np.random.default_rng(4), 100_300, 1)
    sample = whole[:100_000].sample(10_000, random_state=0).sort_index()
    (column,) = measure_drift(sample, whole[100_000:]).columns
    assert 5 < column.effective_rows < 40


def test_too_few_rows_for_stretches_are_taken_as_they_are():
    rows = pd.RangeIndex(30)
    assert between(rows, rows).codes is None
    assert between(rows[:0], rows).codes is None
