import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem
from automl_tasks.search.split import divide_rows, fold_rows, sample_rows


def problem(task="binary", split="random", **settings):
    return Problem(name="shop", source="x.csv", target="y", task=task, split=split, **settings)


def table(rows=400, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"a": rng.normal(size=rows), "y": rng.choice(["no", "yes"], rows, p=[0.8, 0.2])}
    )


def test_every_labelled_row_is_on_exactly_one_side():
    frame = table()
    frame.loc[[3, 5], "y"] = None
    division = divide_rows(frame, problem(), None)
    both = np.concatenate([division.develop, division.holdout])
    assert sorted(both) == [row for row in range(400) if row not in (3, 5)]
    assert 30 < len(division.holdout) < 90
    assert any("2 rows" in note for note in division.notes)


def test_a_random_holdout_keeps_its_rows_when_the_table_is_reordered_and_grows():
    old, new = table(), table(seed=1)
    grown = pd.concat([new, old.sample(frac=1, random_state=0)], ignore_index=True)
    held = divide_rows(old, problem(), None).holdout
    held_later = divide_rows(grown, problem(), None).holdout
    assert set(old["a"].iloc[held]) <= set(grown["a"].iloc[held_later])


def test_equal_rows_are_on_the_same_side():
    frame = pd.concat([table(), table()], ignore_index=True)
    division = divide_rows(frame, problem(), None)
    assert not set(frame["a"].iloc[division.develop]) & set(frame["a"].iloc[division.holdout])


@pytest.mark.parametrize("split", ["random", "time"])
def test_a_rare_class_leaves_two_rows_for_development(split):
    frame = table(60)
    frame["y"] = ["no"] * 57 + ["yes"] * 3
    division = divide_rows(frame, problem(split=split), None)
    assert (frame["y"].iloc[division.develop] == "yes").sum() == 2
    assert (frame["y"].iloc[division.holdout] == "yes").sum() == 1


def test_a_table_of_equal_rows_still_has_both_sides():
    frame = pd.DataFrame({"a": [1.0] * 40, "y": np.arange(40.0)})
    division = divide_rows(frame, problem("regression"), None)
    assert len(division.develop) == 34
    assert len(division.holdout) == 6


def test_by_time_the_newest_are_held_out_whatever_the_order_of_the_source():
    frame = table(200)
    frame["when"] = pd.date_range("2024-01-01", periods=200)[::-1]
    division = divide_rows(frame, problem(split="time", time="when"), None)
    assert sorted(division.holdout) == list(range(30))
    assert frame["when"].iloc[division.develop].is_monotonic_increasing


def test_rows_of_one_time_are_not_torn_apart():
    frame = table(200)
    frame["when"] = np.repeat(pd.date_range("2024-01-01", periods=25), 8)
    division = divide_rows(frame, problem(split="time", time="when"), None)
    assert len(division.holdout) == 32
    oldest_held = frame["when"].iloc[division.holdout].min()
    assert frame["when"].iloc[division.develop].max() < oldest_held


def test_by_time_without_a_time_column_the_source_is_in_order():
    division = divide_rows(table(100), problem(split="time"), None)
    assert division.holdout.tolist() == list(range(85, 100))


def test_a_window_keeps_the_newest_rows_only():
    frame = table(200)
    frame["when"] = [f"2024-01-01T{at // 60:02d}:{at % 60:02d}" for at in range(200)]
    division = divide_rows(frame, problem(split="time", time="when"), 100)
    assert min(division.develop) == 100
    assert len(division.develop) + len(division.holdout) == 100
    assert any("newest 100 of 200" in note for note in division.notes)


def test_a_time_column_without_times_is_an_error():
    frame = table(50).assign(when="soon")
    with pytest.raises(ProblemError, match="'when' holds no dates"):
        divide_rows(frame, problem(split="time", time="when"), None)


def test_random_folds_validate_each_row_once_and_share_the_classes_evenly():
    frame = table(203)
    rows = np.arange(203)
    folds = fold_rows(rows, frame["y"].to_numpy(), 5, problem())
    assert sorted(np.concatenate([valid for _, valid in folds])) == rows.tolist()
    for train, valid in folds:
        assert not set(train) & set(valid)
        assert len(train) + len(valid) == 203
    shares = [(frame["y"].iloc[valid] == "yes").sum() for _, valid in folds]
    assert max(shares) - min(shares) <= 1


def test_folds_by_time_never_train_on_what_comes_later():
    rows = np.arange(100)[::-1]
    folds = fold_rows(rows, np.zeros(100), 4, problem(split="time"))
    place = {row: at for at, row in enumerate(rows)}
    for train, valid in folds:
        assert max(place[row] for row in train) < min(place[row] for row in valid)
    assert [len(valid) for _, valid in folds] == [15, 15, 15, 15]
    assert [len(train) for train, _ in folds] == [40, 55, 70, 85]


def test_a_sample_is_the_newest_by_time_and_the_same_each_time_at_random():
    rows = np.arange(100)
    assert sample_rows(rows, 10, problem(split="time")).tolist() == list(range(90, 100))
    chosen = sample_rows(rows, 10, problem())
    assert len(set(chosen)) == 10
    assert chosen.tolist() == sample_rows(rows, 10, problem()).tolist()
    assert sample_rows(rows, None, problem()) is rows


@pytest.mark.parametrize("split", ["random", "time"])
def test_a_holdout_of_0_leaves_every_row_to_development(split):
    division = divide_rows(table(50), problem(split=split, holdout=0), None)
    assert division.develop.tolist() == list(range(50))
    assert len(division.holdout) == 0
