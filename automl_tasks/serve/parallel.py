"""Many rows on all cores, few on one.

Parts of the rows go through preprocessing and models in threads: the native libraries and NumPy let
go of Python's lock, and the arrays of a part stay in the processor's cache.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["in_parts", "usable_cores"]

_MANY_ROWS = 2_000  # below that threads cost more than they spare
_MOST_ROWS = 8_192  # of a part
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def in_parts(
    predict: Callable[[pd.DataFrame], np.ndarray], rows: pd.DataFrame, threads: int
) -> np.ndarray:
    """What `predict` says of rows, asked for some of them at a time.

    Parameters
    ----------
    predict
        Whose answer for a row does not depend on the others.
    threads
        That may predict at once.
    """
    if len(rows) < _MANY_ROWS:
        return predict(rows)
    count = threads * -(-len(rows) // (threads * _MOST_ROWS))
    bounds = np.linspace(0, len(rows), count + 1).astype(int).tolist()
    parts = [rows.iloc[a:b] for a, b in pairwise(bounds)]
    if threads == 1:
        return np.concatenate([predict(part) for part in parts])
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(predict, parts)))


@cache
def usable_cores() -> int:
    """Cores that this process may run on, by its affinity and its group's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = map(float, _QUOTA.read_text().split())
        cores = min(cores or 1, max(1, round(quota / period)))
    return cores or 1
