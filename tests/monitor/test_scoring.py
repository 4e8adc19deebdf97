import pandas as pd
import pytest

from automl_tasks.monitor import score_new_rows

from .conftest import labels_of, rows


def logged(world, result):
    return pd.read_parquet(world.store.path(result.key))


def test_rows_that_arrived_are_predicted_once(world):
    snapshot = world.arrive(rows(200, start="2012-01-01", seed=1))
    result = score_new_rows(world.problem, world.store)
    assert (result.rows, result.model_version, result.snapshot) == (200, 1, snapshot)
    log = logged(world, result)
    arrived = rows(200, start="2012-01-01", seed=1)
    assert log["prediction"].to_numpy() == pytest.approx(3 * arrived["x"].to_numpy())
    assert set(log["batch"]) == {snapshot}
    assert "y" not in log.columns

    again = score_new_rows(world.problem, world.store)
    assert (again.rows, again.key) == (0, None)
    assert len(world.store.list(f"{world.problem.name}/predictions")) == 1


def test_before_new_rows_there_is_nothing_to_say(world):
    result = score_new_rows(world.problem, world.store)
    assert (result.rows, result.key) == (0, None)
    assert "has seen every row" in result.message
    assert world.store.list(f"{world.problem.name}/predictions") == []


def test_without_a_champion_nothing_fails(make_world):
    world = make_world()
    world.arrive(rows(200))
    result = score_new_rows(world.problem, world.store)
    assert (result.rows, result.model_version) == (0, None)
    assert "no champion" in result.message


def test_a_row_delivered_again_is_one_row(world):
    batch = rows(50, start="2012-01-01", seed=1)
    world.arrive(batch)
    world.arrive(pd.concat([batch, rows(10, start="2012-02-01", seed=2)]))
    assert score_new_rows(world.problem, world.store).rows == 60


def test_equal_rows_without_time_or_id_are_different_rows(make_world):
    world = make_world(time=None)
    first = rows(400).assign(x=lambda frame: frame["x"].round()).drop(columns="time")
    world.crown(world.arrive(first))
    world.arrive(first.head(30))
    assert score_new_rows(world.problem, world.store).rows == 30


def test_unlabelled_rows_are_predicted_even_if_they_were_there_at_training(make_world):
    world = make_world()
    frame = rows(600)
    frame.loc[580:, "y"] = None
    world.crown(world.arrive(frame))
    assert score_new_rows(world.problem, world.store).rows == 20


def test_a_new_champion_keeps_the_arrivals_apart(world):
    first = world.arrive(rows(100, start="2012-01-01", seed=1))
    score_new_rows(world.problem, world.store)
    second = world.arrive(rows(100, start="2012-02-01", seed=2))
    trained_before = world.store.list(f"{world.problem.name}/snapshots")
    assert len(trained_before) == 3
    world.crown(*(each for each in trained_before if each not in (first, second)), run="drift__1")
    result = score_new_rows(world.problem, world.store)
    assert (result.model_version, result.rows) == (2, 200)
    assert logged(world, result)["batch"].value_counts().to_dict() == {first: 100, second: 100}


def test_classes_are_logged_with_their_probabilities(make_world):
    world = make_world()
    world.crown(world.arrive(labels_of(rows(600))))
    world.arrive(labels_of(rows(50, start="2012-03-01", seed=3)))
    log = logged(world, score_new_rows(world.problem, world.store))
    assert set(log["prediction"]) <= {"yes", "no"}
    assert (log["probability_no"] + log["probability_yes"]).to_numpy() == pytest.approx(1)
