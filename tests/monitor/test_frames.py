import numpy as np
import pandas as pd
import pytest

from automl_tasks.ingest import publish, take_snapshot
from automl_tasks.monitor.frames import (
    feature_columns,
    features_of,
    reference_features,
    sampled,
)
from automl_tasks.problem import Problem
from automl_tasks.search import make_plan
from automl_tasks.store import open_store

ROWS = 2000
WORDS = np.array(["slow", "fast", "red", "blue", "one", "two", "old", "new", "far", "near"])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A plan over rows that arrive newest first."""
    folder = tmp_path_factory.mktemp("frames")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "id": range(ROWS),
            "time": pd.date_range("2012", periods=ROWS, freq="h").astype(str),
            "position": np.arange(ROWS) + 0.5,
            "note": [" ".join(rng.choice(WORDS, 7)) + f" {i}" for i in range(ROWS)],
            "same": "x",
            "y": rng.normal(size=ROWS),
        }
    )
    frame[::-1].to_csv(folder / "rows.csv", index=False)
    problem = Problem.model_validate(
        {"name": "p", "source": {"path": str(folder / "rows.csv")}, "target": "y", "time": "time"}
    )
    store = open_store(str(folder / "store"))
    snapshot = take_snapshot(problem, store)
    publish(store, snapshot)
    return store, make_plan(problem, store, snapshot.id, "r1"), snapshot.read()


def test_features_come_raw_and_oldest_first(world):
    _, plan, frame = world
    features = feature_columns(frame, plan)
    assert set(features) == {"time", "position", "note"}
    assert features["time"].dtype.kind == "M"
    assert (features["position"] == features.index + 0.5).all()
    assert features["note"].str.contains(" ").all()


def test_a_sample_keeps_its_positions_and_is_the_same_each_time(world):
    store, plan, frame = world
    sample = features_of(frame, plan, 300)
    assert len(sample) == 300
    assert (sample["position"] == sample.index + 0.5).all()
    pd.testing.assert_frame_equal(sample, reference_features(store, plan, 300))


def test_whole_stretches_are_sampled(world):
    _, plan, frame = world
    positions = features_of(frame, plan, 200, window=10).index.to_numpy()
    assert len(positions) == 200
    assert len(np.unique(positions // 10)) == 20
    wide = features_of(frame, plan, 200, window=50).index.to_numpy()
    assert len(wide) == 200
    assert len(np.unique(wide // 50)) == 20
    whole = features_of(frame, plan, 200, window=5000)
    assert len(whole) == 200


def test_no_rows_are_no_features_and_no_error(world):
    _, plan, frame = world
    assert len(feature_columns(frame[:0], plan)) == 0
    undated = feature_columns(frame.assign(time=pd.NaT), plan)
    assert len(undated) == ROWS


def test_a_small_table_is_not_sampled():
    frame = pd.DataFrame({"x": range(5)})
    assert sampled(frame, 10, 0) is frame
    assert sampled(frame, 3, 0).index.is_monotonic_increasing
