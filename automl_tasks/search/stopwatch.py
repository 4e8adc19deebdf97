"""What a prediction costs: time a row, and bytes on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["folder_mb", "milliseconds_per_row", "timed_rows"]

_BATCH = 1_000

Predict = Callable[[pd.DataFrame], Any]


def timed_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """A batch of 1,000 rows, repeated where there are fewer: what a call costs is shared alike."""
    return rows.iloc[np.resize(np.arange(len(rows)), _BATCH)]


def milliseconds_per_row(
    predict: Predict, rows: pd.DataFrame, *, repeats: int, seconds: float
) -> float:
    """Least time of a call, divided by its rows, after one call that warms up.

    The rest is what else the machine did: a gate must not refuse a model for that.

    Parameters
    ----------
    repeats
        Calls to time at most.
    seconds
        No further call begins after so long.
    """
    predict(rows)
    end, durations = time.monotonic() + seconds, list[float]()
    while len(durations) < repeats and (not durations or time.monotonic() < end):
        start = time.perf_counter()
        predict(rows)
        durations.append(time.perf_counter() - start)
    return round(1000 * min(durations) / len(rows), 5)


def folder_mb(folder: Path) -> float:
    """Size of all files below a folder, in MB of a million bytes."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 4)
