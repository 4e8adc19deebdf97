"""Cuts labelled predictions into windows: arrivals that belong together, newest last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Window", "cut_windows"]


@dataclass(frozen=True)
class Window:
    """Rows that are judged together.

    Attributes
    ----------
    batches
        Arrivals (ids of the snapshots in which the rows first appeared), oldest first.
    frame
        Labelled predictions in the order of time, then of position.
    """

    batches: tuple[str, ...]
    frame: pd.DataFrame

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
    ordered = labelled.sort_values(["time", "position"], kind="stable", na_position="first")
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
