import pandas as pd
import pytest

from automl_tasks.monitor.windows import Window, cut_windows


def arrivals(sizes, start="2012-01-01"):
    batches = [batch for batch, rows in sizes.items() for _ in range(rows)]
    times = pd.date_range(start, periods=len(batches), freq="D")
    return pd.DataFrame({"batch": batches, "time": times, "position": range(len(batches))})


def test_each_arrival_is_a_window_newest_last():
    # Ids of snapshots are hashes: their alphabet says nothing about time.
    shuffled = arrivals({"f": 20, "a": 30, "c": 25}).sample(frac=1, random_state=0)
    windows = cut_windows(shuffled, min_rows=20)
    assert [window.batches for window in windows] == [("f",), ("a",), ("c",)]
    assert [len(window.frame) for window in windows] == [20, 30, 25]
    assert windows[0].frame["time"].is_monotonic_increasing


def test_small_arrivals_join_older_ones():
    windows = cut_windows(arrivals({"a": 10, "b": 5, "c": 24, "d": 3, "e": 4}), min_rows=20)
    assert [window.batches for window in windows] == [("a", "b"), ("c", "d", "e")]


def test_no_row_is_lost_or_twice():
    frame = arrivals({"a": 3, "b": 40, "c": 1, "d": 19, "e": 100})
    positions = [p for window in cut_windows(frame, 20) for p in window.frame["position"]]
    assert sorted(positions) == list(range(len(frame)))


def test_without_time_the_order_of_the_source_counts():
    frame = arrivals({"b": 30, "a": 30}).assign(time=pd.NaT)
    windows = cut_windows(frame, 20)
    assert [window.batches for window in windows] == [("b",), ("a",)]
    assert windows[0].name == ""


def test_no_rows_no_windows():
    assert cut_windows(arrivals({}), 20) == []


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("2012-01-01", "2012-01-31 23:00", "2012-01"),
        ("2012-02-01", "2012-02-29", "2012-02"),
        ("2012-01-02", "2012-01-31", "2012-01-02 to 2012-01-31"),
        ("2012-01-01", "2012-02-29", "2012-01-01 to 2012-02-29"),
        ("2012-01-05 01:00", "2012-01-05 23:00", "2012-01-05"),
    ],
)
def test_a_window_is_called_as_people_call_it(first, last, name):
    times = pd.to_datetime(pd.Series([first, last]), format="ISO8601")
    assert Window(("a",), pd.DataFrame({"time": times})).name == name
