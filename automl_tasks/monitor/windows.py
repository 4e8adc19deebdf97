"""Cuts predictions into windows by arrival, by rows or by time: each row is in exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from automl_tasks.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Window", "cut_by_rows", "cut_by_time", "cut_windows"]


@dataclass(frozen=True)
class Window:
    """Rows that are judged together.

    Attributes
    ----------
    batches
        Arrivals (ids of the snapshots in which the rows first appeared), oldest first.
    frame
        Labelled predictions in the order of time, then of position.
    complete
        No more rows are expected; only the newest window of rows or hours may still be filling.
    """

    batches: tuple[str, ...]
    frame: pd.DataFrame
    complete: bool = True

    @property
    def name(self) -> str:
        """What a person calls it: ``2012-01``, ``2012-01-30 to 2012-02-02`` or empty."""
        times = self.frame["time"].dropna()
        if times.empty or times.dtype.kind != "M":
            return ""
        first, last = times.min(), times.max()
        if first.date() == last.date():
            return f"{first:%Y-%m-%d}"
        whole_month = first.day == 1 and last.days_in_month == last.day
        if whole_month and (first.year, first.month) == (last.year, last.month):
            return f"{first:%Y-%m}"
        return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def cut_windows(labelled: pd.DataFrame, min_rows: int) -> list[Window]:
    """One window per arriving batch; small batches join older ones until `min_rows` are there.

    Parameters
    ----------
    labelled
        Columns ``batch``, ``time`` (may be all null) and ``position``.
    min_rows
        A window has fewer rows only when it is the oldest one.

    Returns
    -------
    list of Window
        Oldest first; no row is in two windows.
    """
    ordered = _in_order(labelled)
    newest = ordered.reset_index(drop=True).reset_index().groupby("batch")["index"].max()
    groups: list[list[str]] = []
    rows = min_rows
    sizes = ordered["batch"].value_counts()
    for batch in newest.sort_values(ascending=False).index:
        if rows >= min_rows:
            groups.append([])
            rows = 0
        groups[-1].insert(0, batch)
        rows += sizes[batch]
    return [
        Window(tuple(group), ordered[ordered["batch"].isin(group)].reset_index(drop=True))
        for group in reversed(groups)
    ]


def cut_by_rows(predicted: pd.DataFrame, rows: int) -> list[Window]:
    """Windows of `rows` rows each, counted from the oldest arrival; the newest may be filling.

    Rows count in the order in which they arrived, within an arrival by time and position. What
    arrives later is therefore only appended: a full window never changes, whatever the clocks of
    its rows did. Give rows without a label, too, else a late label moves every later window.

    Parameters
    ----------
    predicted
        Columns ``batch``, ``time`` (may be all null) and ``position``; ``scored_at``, where it is
        there, tells which arrival was first, else their newest rows do.
    rows
        At least 1.

    Returns
    -------
    list of Window
        Oldest first.
    """
    ordered = _in_order(predicted)
    ordered = ordered.iloc[_turns(ordered).argsort(kind="stable")]
    starts = range(0, len(ordered), rows)
    parts = (ordered.iloc[start : start + rows] for start in starts)
    return [_window(part, complete=len(part) == rows) for part in parts]


def cut_by_time(
    predicted: pd.DataFrame, hours: float, min_rows: int = 1, until: pd.Timestamp | None = None
) -> list[Window]:
    """Windows of `hours` hours each, counted from the epoch in UTC.

    Real hours: 24 of them are neither more nor less on the days on which summer time begins or
    ends, and no calendar is involved. A row belongs to the hours that its time says, in whatever
    order rows come; one without a time belongs to those of the row before it in the source.

    Parameters
    ----------
    predicted
        Columns ``batch``, ``time`` (dates; without a zone: UTC) and ``position``.
    min_rows
        Windows with fewer rows join the next ones. Hours without rows make no window.
    until
        Rows up to this time have arrived. Default: the newest time.

    Returns
    -------
    list of Window
        Oldest first. Only the newest may be incomplete: its hours have not passed yet, or it has
        too few rows.

    Raises
    ------
    DataError
        When ``time`` holds no dates.
    """
    if predicted.empty:
        return []
    predicted = predicted.reset_index(drop=True)
    times = _utc(_filled_times(predicted))
    width = pd.Timedelta(hours=hours)
    ends = times.dt.floor(width) + width
    now = times.max() if until is None else _utc(pd.Series([until])).iloc[0]
    windows, waiting = [], []
    for end, part in _in_order(predicted).groupby(ends):
        waiting.append(part)
        if end <= now and sum(map(len, waiting)) >= min_rows:
            windows.append(_window(pd.concat(waiting), complete=True))
            waiting = []
    return windows + ([_window(pd.concat(waiting), complete=False)] if waiting else [])


def _window(rows: pd.DataFrame, *, complete: bool) -> Window:
    return Window(tuple(rows["batch"].unique()), _in_order(rows).reset_index(drop=True), complete)


def _in_order(predicted: pd.DataFrame) -> pd.DataFrame:
    return predicted.sort_values(["time", "position"], kind="stable", na_position="first")


def _turns(ordered: pd.DataFrame) -> NDArray[Any]:
    """Of each row the number of its arrival: 0 for those of the first."""
    facts = pd.DataFrame({"batch": ordered["batch"].to_numpy(), "newest": range(len(ordered))})
    facts["scored_at"] = ordered["scored_at"].to_numpy() if "scored_at" in ordered else 0
    arrivals = facts.groupby("batch").agg({"scored_at": "min", "newest": "max"})
    in_turn = arrivals.sort_values(["scored_at", "newest"], kind="stable").index
    return in_turn.get_indexer(pd.Index(facts["batch"]))


def _filled_times(predicted: pd.DataFrame) -> pd.Series:
    """Times without gaps; a row without a time has that of its neighbour in the source."""
    times = predicted["time"]
    if times.dtype.kind != "M" or times.isna().all():
        raise DataError(
            "the time column holds no dates, so windows of hours cannot be cut",
            remedy="Name a column of dates as time, or cut windows by rows or by arrival",
        )
    if times.notna().all():
        return times
    return times.loc[predicted["position"].sort_values().index].ffill().bfill().loc[times.index]


def _utc(times: pd.Series) -> pd.Series:
    return pd.to_datetime(times, utc=True)
