import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.problem import Problem
from automl_tasks.search.split import (
    divide_rows,
    fold_count,
    fold_rows,
    merge_repeats,
    sample_rows,
)


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


def visits(groups=60, each=5, seed=0):
    """Patients with several visits; one third of them are ill."""
    rng = np.random.default_rng(seed)
    patient = np.repeat([f"p{number}" for number in range(groups)], each)
    ill = np.repeat(rng.random(groups) < 1 / 3, each)
    frame = pd.DataFrame({"patient": patient, "a": rng.normal(size=groups * each)})
    return frame.assign(y=np.where(ill, "yes", "no"))


def test_no_group_is_on_two_sides():
    frame = visits()
    settings = problem(group="patient")
    division = divide_rows(frame, settings, None)
    sides = [set(frame["patient"].iloc[rows]) for rows in (division.develop, division.holdout)]
    assert not sides[0] & sides[1]
    assert 3 <= len(sides[1]) <= 18
    labels = frame["y"].iloc[division.develop].to_numpy()
    for train, valid in fold_rows(division.develop, labels, 5, settings, frame):
        assert not set(frame["patient"].iloc[train]) & set(frame["patient"].iloc[valid])
        assert set(frame["y"].iloc[valid]) == {"yes", "no"}
        assert 40 <= len(valid) <= 60


def test_a_held_out_group_stays_so_when_rows_and_groups_are_added():
    settings, old, new = problem(group="patient"), visits(), visits(seed=1)
    new["patient"] = "n" + new["patient"]
    grown = pd.concat([new, old, old.assign(a=0.5)], ignore_index=True)
    held = set(old["patient"].iloc[divide_rows(old, settings, None).holdout])
    held_later = set(grown["patient"].iloc[divide_rows(grown, settings, None).holdout])
    assert held == {name for name in held_later if not name.startswith("n")}


def test_a_class_of_one_group_is_learned_and_not_checked():
    frame = visits(12)
    frame["y"] = np.where(frame["patient"] == "p3", "rare", np.where(frame["a"] > 0, "x", "z"))
    division = divide_rows(frame, problem("multiclass", group="patient"), None)
    assert "rare" not in set(frame["y"].iloc[division.holdout])
    with pytest.raises(DataError, match="one of the two classes is in one group of 'patient' only"):
        two = frame.assign(y=np.where(frame["patient"] == "p3", "rare", "x"))
        fold_count(np.arange(60), two["y"].to_numpy(), problem(group="patient"), two)


def test_one_group_cannot_be_divided():
    with pytest.raises(ProblemError, match=r"all rows are of one group.*'patient'"):
        divide_rows(visits().assign(patient="p1"), problem(group="patient"), None)


def test_there_are_no_more_folds_than_groups():
    frame = visits(3, 40)
    rows, labels = np.arange(120), np.tile([0.5, 1.5], 60)
    settings = problem("regression", group="patient")
    folds = fold_rows(rows, labels, fold_count(rows, labels, settings, frame), settings, frame)
    assert [len(valid) for _, valid in folds] == [40, 40, 40]


def test_in_time_only_new_groups_are_checked():
    frame = visits(40)
    frame.loc[195:, "patient"] = ["p0", "p1", "p39", "p39", "p39"]
    settings = problem(group="patient", split="time", holdout=0.05)
    division = divide_rows(frame, settings, None)
    assert set(frame["patient"].iloc[division.holdout]) == {"p38", "p39"}
    assert any("are of known groups" in note for note in division.notes)
    for train, valid in fold_rows(np.arange(200), frame["y"].to_numpy(), 4, settings, frame):
        assert not set(frame["patient"].iloc[train]) & set(frame["patient"].iloc[valid])
    with pytest.raises(ProblemError, match=r"every group .* is also among the older ones"):
        divide_rows(frame.assign(patient=["a", "b"] * 100), settings, None)


def hourly(rows=200):
    return table(rows).assign(when=pd.date_range("2024-01-01", periods=rows, freq="h"))


@pytest.mark.parametrize("settings", [{"gap_hours": 6}, {"label_delay_hours": 6}])
def test_rows_whose_label_would_come_too_late_do_not_train(settings):
    frame, asked = hourly(), problem(split="time", time="when", **settings)
    division = divide_rows(frame, asked, None)
    # A label is known 6 hours later, so that of 6 hours before is the newest known.
    first = frame["when"].iloc[division.holdout].min()
    assert first - frame["when"].iloc[division.develop].max() == pd.Timedelta(hours=6)
    assert any("in the gap of 6 hours" in note for note in division.notes)
    labels = frame["y"].iloc[division.develop].to_numpy()
    for train, valid in fold_rows(division.develop, labels, 4, asked, frame):
        gap = frame["when"].iloc[valid].min() - frame["when"].iloc[train].max()
        assert gap == pd.Timedelta(hours=6)


def test_a_gap_in_rows_needs_no_times():
    asked = problem(split="time", gap_rows=5)
    division = divide_rows(table(100), asked, None)
    assert division.develop.tolist() == list(range(80))
    train, valid = fold_rows(division.develop, np.zeros(80), 4, asked, table(100))[0]
    assert min(valid) - max(train) == 6


def test_a_gap_of_0_overrides_the_delay_of_the_labels():
    asked = problem(split="time", time="when", label_delay_hours=6, gap_hours=0)
    assert len(divide_rows(hourly(), asked, None).develop) == 170


def test_impossible_gaps_are_errors():
    with pytest.raises(ProblemError, match="the gap of 999 hours leaves no rows to train on"):
        divide_rows(hourly(), problem(split="time", time="when", gap_hours=999), None)
    counted = hourly().assign(when=np.arange(200))
    with pytest.raises(ProblemError, match=r"needs dates, and .* holds numbers\. Give 'gap_rows'"):
        divide_rows(counted, problem(split="time", time="when", gap_hours=2), None)
    # A delay that only the monitor was meant to use is no error.
    delayed = problem(split="time", time="when", label_delay_hours=2)
    assert len(divide_rows(counted, delayed, None).develop) == 170


@pytest.mark.parametrize(
    ("labels", "folds"),
    [
        (["a"] * 30 + ["b"] * 30, 15),  # few rows
        (["a"] * 300 + ["b"] * 3, 9),  # few of a class
        (["a"] * 300 + ["b"] * 30, 5),
        (["a"] * 1_000 + ["b"] * 3, 3),
    ],
)
def test_few_rows_are_dealt_three_times(labels, folds):
    rows, labels = np.arange(len(labels)), np.array(labels)
    assert fold_count(rows, labels, problem()) == folds
    found = fold_rows(rows, labels, folds, problem())
    assert len(found) == folds
    times = np.bincount(np.concatenate([valid for _, valid in found]))
    assert set(times) == {1 if folds in (3, 5) else 3}
    assert all(set(labels[valid]) == {"a", "b"} for _, valid in found)
    assert len({tuple(valid) for _, valid in found}) == folds


def test_with_one_positive_in_a_thousand_every_fold_has_one():
    labels = np.zeros(5_000, dtype=int)
    labels[::1_000] = 1
    rows = np.arange(5_000)
    folds = fold_rows(rows, labels, fold_count(rows, labels, problem()), problem())
    assert [int(labels[valid].sum()) for _, valid in folds] == [1] * 5


def test_a_rare_one_of_many_classes_costs_the_others_no_folds():
    labels = np.array(["a"] * 900 + ["b"] * 900 + ["c"] * 2)
    rows, settings = np.arange(1_802), problem("multiclass")
    assert fold_count(rows, labels, settings) == 5
    for train, _ in fold_rows(rows, labels, 5, settings):
        assert set(labels[train]) == {"a", "b", "c"}


def test_repeated_predictions_of_a_row_are_averaged():
    rows = np.array([4, 2, 4, 9])
    found, mean = merge_repeats(rows, np.array([[0.2, 0.8], [1, 0], [0.4, 0.6], [0, 1]]))
    assert found.tolist() == [2, 4, 9]
    assert mean == pytest.approx(np.array([[1, 0], [0.3, 0.7], [0, 1]]))
    assert merge_repeats(rows, np.array([1.0, 2, 3, 4]))[1].tolist() == [2, 2, 4]
