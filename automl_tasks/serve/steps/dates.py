"""Moments as calendar parts and elapsed time."""

from __future__ import annotations

from typing import Any

import numpy as np

from .table import Table, column, register
from .values import moments

__all__ = ["PARTS", "PERIODS", "dates", "part_of"]

PERIODS = {"month": 12.0, "day": 31.0, "weekday": 7.0, "hour": 24.0}
"""Length of the parts that come round again."""

PARTS = ("year", *PERIODS, "elapsed")


def part_of(name: str, values: np.ndarray, origin: np.datetime64) -> np.ndarray:
    """One calendar part of moments, as float64 with NaN where missing."""
    days = values.astype("datetime64[D]")
    part: np.ndarray
    if name == "year":
        part = values.astype("datetime64[Y]").astype(np.int64) + 1970
    elif name == "month":
        part = values.astype("datetime64[M]").astype(np.int64) % 12 + 1
    elif name == "day":
        part = (days - values.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    elif name == "weekday":
        # day 0, 1970-01-01, was a Thursday; Monday counts as 0
        part = (days.astype(np.int64) + 3) % 7
    elif name == "hour":
        part = (values - days) / np.timedelta64(1, "h")
    else:
        part = (values - origin) / np.timedelta64(1, "D")
    return np.where(np.isnat(values), np.nan, part).astype(np.float64)


@register("dates")
def dates(state: dict[str, Any], table: Table) -> Table:
    """``x:year`` … ``x:elapsed`` (days since the earliest training row); cyclic as sine, cosine."""
    added: Table = {}
    for name, how in state["columns"].items():
        values = moments(column(table, name))
        origin, absent = np.datetime64(how["origin"], "us"), np.isnat(values)
        for part in how["parts"]:
            array = part_of(part, values, origin)
            if state["cyclic"] and part in PERIODS:
                angle = 2 * np.pi * array / PERIODS[part]
                for called, turn in (("sin", np.sin), ("cos", np.cos)):
                    turned = np.where(absent, 0, turn(angle))
                    added[f"{name}:{part}_{called}"] = turned.astype(np.float32)
            else:
                added[f"{name}:{part}"] = array.astype(np.float32)
    return table | added
