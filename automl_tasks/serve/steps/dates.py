"""Moments as calendar parts and elapsed time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .table import Table, column, prepares, register
from .values import moments

__all__ = ["PARTS", "PERIODS", "dates", "part_of"]

PERIODS = {"month": 12.0, "day": 31.0, "weekday": 7.0, "hour": 24.0}
"""Length of the parts that come round again."""

_HOUR, _DAY = np.timedelta64(1, "h"), np.timedelta64(1, "D")

PARTS = ("year", *PERIODS, "elapsed")


def part_of(name: str, values: np.ndarray, origin: np.datetime64) -> np.ndarray:
    """One calendar part of moments, as float64 with NaN where missing."""
    part: np.ndarray = _parts((name,), values, origin)[0]
    return part


def _parts(names: Sequence[str], values: np.ndarray, origin: np.datetime64) -> np.ndarray:
    """(names, n) calendar parts of (n,) moments."""
    made = np.empty((len(names), len(values)))
    days = values.astype("datetime64[D]")
    months = values.astype("datetime64[M]")
    for at, name in enumerate(names):
        if name == "year":
            made[at] = months.view(np.int64) // 12 + 1970
        elif name == "month":
            made[at] = months.view(np.int64) % 12 + 1
        elif name == "day":
            made[at] = (days - months.astype("datetime64[D]")).view(np.int64) + 1
        elif name == "weekday":
            # day 0, 1970-01-01, was a Thursday; Monday counts as 0
            made[at] = (days.view(np.int64) + 3) % 7
        elif name == "hour":
            made[at] = (values - days) / _HOUR
        else:
            made[at] = (values - origin) / _DAY
    made[:, np.isnat(values)] = np.nan
    return made


class _Dates(NamedTuple):
    """Which parts of a column are made.

    Attributes
    ----------
    parts
        Those that come round again are the last.
    periods
        (cyclic parts, 1) lengths of those.
    names
        Of the parts that stay as they are, then of all sines, then of all cosines.
    """

    origin: np.datetime64
    parts: list[str]
    periods: np.ndarray
    names: list[str]


@prepares("dates")
def _made_parts(state: dict[str, Any]) -> dict[str, _Dates]:
    found = {}
    for name, how in state["columns"].items():
        turning = [part for part in how["parts"] if state["cyclic"] and part in PERIODS]
        plain = [part for part in how["parts"] if part not in turning]
        found[name] = _Dates(
            origin=np.datetime64(how["origin"], "us"),
            parts=plain + turning,
            periods=np.array([PERIODS[part] for part in turning]).reshape(-1, 1),
            names=[f"{name}:{part}" for part in plain]
            + [f"{name}:{part}_{turn}" for turn in ("sin", "cos") for part in turning],
        )
    return found


@register("dates")
def dates(columns: dict[str, _Dates], table: Table) -> Table:
    """``x:year`` … ``x:elapsed`` (days since the earliest training row); cyclic as sine, cosine."""
    added: Table = {}
    for name, how in columns.items():
        parts = _parts(how.parts, moments(column(table, name)), how.origin)
        plain = len(parts) - len(how.periods)
        if len(how.periods):
            angles = 2 * np.pi * parts[plain:] / how.periods
            turned = np.concatenate([np.sin(angles), np.cos(angles)])
            turned[np.isnan(turned)] = 0
            parts = np.concatenate([parts[:plain], turned])
        added.update(zip(how.names, parts.astype(np.float32), strict=True))
    return table | added
