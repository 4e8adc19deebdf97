from itertools import chain

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tasks.errors import DataError
from automl_tasks.monitor.windows import Window, cut_by_rows, cut_by_time, cut_windows


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


def stream(*times, batch="a"):
    """One arrival of rows at these times, in the order of the source."""
    return pd.DataFrame(
        {"batch": batch, "time": pd.to_datetime(pd.Series(times)), "position": range(len(times))}
    )


def positions(windows):
    return [window.frame["position"].tolist() for window in windows]


# Days in which clocks are put forward and back, a leap day, and clocks that jump by years.
MOMENTS = st.one_of(
    st.none(),
    *(
        st.integers(0, 72 * 60).map(
            lambda minute, d=day: pd.Timestamp(d) + pd.Timedelta(minute * 60, "s")
        )
        for day in ("2012-03-24", "2012-10-27", "2012-02-28", "1970-01-01", "2099-12-30")
    ),
)
ARRIVALS = st.lists(st.lists(MOMENTS, min_size=1, max_size=12), min_size=1, max_size=6)


def delivered(arrivals):
    """The rows of all arrivals, each scored when it came."""
    parts = [
        pd.DataFrame({"batch": f"s{turn}", "time": pd.Series(times, dtype="datetime64[ns]")})
        for turn, times in enumerate(arrivals)
    ]
    frame = pd.concat(parts, ignore_index=True)
    turns = frame["batch"].str[1:].astype(int)
    return frame.assign(
        position=range(len(frame)), scored_at=pd.Timestamp("2020") + pd.to_timedelta(turns, "D")
    )


@given(ARRIVALS, st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_windows_of_rows_hold_each_row_once_and_never_change_when_more_arrive(arrivals, rows):
    windows = cut_by_rows(delivered(arrivals), rows)
    held = positions(windows)
    assert sorted(chain.from_iterable(held)) == list(range(sum(map(len, arrivals))))
    assert all(len(each) == rows for each in held[:-1])
    assert [window.complete for window in windows] == [len(each) == rows for each in held]
    before = (
        [set(each) for each in positions(cut_by_rows(delivered(arrivals[:-1]), rows))]
        if arrivals[1:]
        else []
    )
    full = len(before) if before and len(before[-1]) == rows else max(0, len(before) - 1)
    assert [set(each) for each in held[:full]] == before[:full]


@given(ARRIVALS, st.sampled_from([0.5, 1, 24, 24 * 7]), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_windows_of_hours_hold_each_row_once_whatever_the_clocks_did(arrivals, hours, min_rows):
    frame = delivered(arrivals)
    if frame["time"].isna().all():
        return
    windows = cut_by_time(frame, hours, min_rows)
    held = positions(windows)
    assert sorted(chain.from_iterable(held)) == list(range(len(frame)))
    assert all(window.complete and len(window.frame) >= min_rows for window in windows[:-1])
    ends = [window.frame["time"].max() for window in windows]
    starts = [window.frame["time"].min() for window in windows]
    assert all(not end >= start for end, start in zip(ends, starts[1:], strict=False))


def test_a_full_window_of_rows_stays_as_it_is_when_late_rows_of_an_earlier_time_arrive():
    first = stream("2012-01-02", "2012-01-03", batch="z")
    late = stream("2012-01-01", "2012-01-04", batch="b").assign(position=[2, 3])
    assert positions(cut_by_rows(first, 2)) == [[0, 1]]
    assert positions(cut_by_rows(pd.concat([first, late]), 2)) == [[0, 1], [2, 3]]
    windows = cut_by_rows(pd.concat([first, late]), 3)
    assert [window.batches for window in windows] == [("z", "b"), ("b",)]
    assert [window.complete for window in windows] == [True, False]


def test_days_have_24_hours_where_summer_time_begins_and_ends():
    for zone in ("Europe/Berlin", "America/New_York"):
        times = pd.date_range("2012-01-01", "2012-12-31 23:00", freq="h", tz="UTC").tz_convert(zone)
        frame = pd.DataFrame({"batch": "a", "time": times, "position": range(len(times))})
        windows = cut_by_time(frame, 24, until=pd.Timestamp("2013-01-01", tz="UTC"))
        assert {len(window.frame) for window in windows} == {24}
        assert len(windows) == 366
        assert all(window.complete for window in windows)


def test_the_hour_that_local_clocks_show_twice_is_one_window():
    twice = stream("2012-10-28 02:10", "2012-10-28 02:50", "2012-10-28 02:10", "2012-10-28 03:10")
    assert positions(cut_by_time(twice, 1)) == [[0, 2, 1], [3]]


def test_a_window_of_hours_is_complete_once_its_hours_have_passed_and_its_rows_suffice():
    frame = stream("2012-02-29 08:00", "2012-02-29 23:59", "2012-03-01 05:00")
    assert [each.complete for each in cut_by_time(frame, 24)] == [True, False]
    until = pd.Timestamp("2012-03-02")
    assert [each.complete for each in cut_by_time(frame, 24, until=until)] == [True, True]
    joined = cut_by_time(frame, 24, min_rows=3, until=until)
    assert [(len(each.frame), each.complete) for each in joined] == [(3, True)]
    assert [each.complete for each in cut_by_time(frame, 24, min_rows=4, until=until)] == [False]


def test_a_row_without_a_time_is_not_skipped():
    frame = stream("2012-01-01", None, "2012-01-02", None, "2012-01-03")
    assert positions(cut_by_time(frame, 24)) == [[1, 0], [3, 2], [4]]


def test_windows_of_hours_need_dates():
    with pytest.raises(DataError, match="windows by rows"):
        cut_by_time(stream("2012-01-01").assign(time=[4.0]), 24)
    assert cut_by_time(stream(), 24) == []
    assert cut_by_rows(stream(), 24) == []
