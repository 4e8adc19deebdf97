import numpy as np
import pandas as pd
import pytest

from automl_tasks.ingest import publish, take_snapshot
from automl_tasks.monitor.frames import features_of, reference_features
from automl_tasks.monitor.stored_rows import StoredRows
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
    return store, make_plan(problem, store, snapshot.id, "r1"), StoredRows(snapshot)


@pytest.fixture(scope="module")
def undated(world, tmp_path_factory):
    """The same rows, delivered without their times."""
    store, plan, _ = world
    source = tmp_path_factory.mktemp("undated") / "rows.csv"
    pd.read_csv(plan.problem.source.path).assign(time=None).to_csv(source, index=False)
    told = plan.problem.source.model_copy(update={"path": str(source)})
    return StoredRows(take_snapshot(plan.problem.model_copy(update={"source": told}), store))


def test_features_come_raw_and_oldest_first(world):
    _, plan, stored = world
    features = features_of(stored, plan, ROWS)
    assert set(features) == {"time", "position", "note"}
    assert features["time"].dtype.kind == "M"
    assert (features["position"] == features.index + 0.5).all()
    assert features["note"].str.contains(" ").all()


def test_a_sample_keeps_its_positions_and_is_the_same_each_time(world):
    store, plan, stored = world
    sample = features_of(stored, plan, 300)
    assert len(sample) == 300
    assert (sample["position"] == sample.index + 0.5).all()
    pd.testing.assert_frame_equal(sample, reference_features(store, plan, 300))


def test_some_rows_are_in_the_order_of_time_among_themselves(world):
    _, plan, stored = world
    newest = np.arange(0, 100, 2)  # rows arrive newest first
    features = features_of(stored, plan, 1000, among=newest)
    assert features.index.tolist() == list(range(50))
    assert features["position"].tolist() == (ROWS - 1 - newest[::-1] + 0.5).tolist()
    assert len(features_of(stored, plan, 20, among=newest)) == 20


@pytest.mark.parametrize("window", [None, 7])  # of which the table is no multiple
def test_a_small_table_is_not_sampled(world, window):
    _, plan, stored = world
    for most in (ROWS, ROWS + 1):
        features = features_of(stored, plan, most, window=window)
        assert features["position"].tolist() == (np.arange(ROWS) + 0.5).tolist()
    fewer = features_of(stored, plan, ROWS - 1)
    assert len(fewer) == ROWS - 1
    assert fewer.index.is_monotonic_increasing


def test_whole_stretches_are_sampled(world):
    _, plan, stored = world
    positions = features_of(stored, plan, 200, window=10).index.to_numpy()
    assert len(positions) == 200
    assert len(np.unique(positions // 10)) == 20
    wide = features_of(stored, plan, 200, window=50).index.to_numpy()
    assert len(wide) == 200
    assert len(np.unique(wide // 50)) == 20
    whole = features_of(stored, plan, 200, window=5000)
    assert len(whole) == 200


def test_no_rows_are_no_features_and_no_error(world):
    _, plan, stored = world
    none = features_of(stored, plan, ROWS, among=np.array([], dtype=np.int64))
    assert none.shape == (0, 3)


def test_undated_rows_are_in_the_order_of_the_source(world, undated):
    _, plan, _ = world
    features = features_of(undated, plan, ROWS)
    assert features["time"].dtype.kind == "M"
    assert features["time"].isna().all()
    assert features["position"].tolist() == (np.arange(ROWS)[::-1] + 0.5).tolist()
    some = features_of(undated, plan, 20, among=np.arange(0, 100, 2))
    assert len(some) == 20
    assert (some["position"] == ROWS - 1 - 2 * some.index + 0.5).all()


def test_without_a_time_rows_are_in_the_order_of_the_source(world):
    _, plan, stored = world
    untimed = plan.model_copy(update={"problem": plan.problem.model_copy(update={"time": None})})
    features = features_of(stored, untimed, ROWS)
    assert features["position"].tolist() == (np.arange(ROWS)[::-1] + 0.5).tolist()
