"""Numbers for models that need them filled and scaled."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .table import Table, column, prepares, register
from .values import numbers

__all__ = ["piecewise", "scale"]

_LIMIT = 10.0
_BEND = 3.0


class _Scaling(NamedTuple):
    """Columns that are scaled, and how; arrays are (columns, 1).

    Attributes
    ----------
    bent
        Whether the tails are bent.
    grids
        By position, values and scores of the columns that are put on normal quantiles.
    indicators
        By position, columns of which missing values are told.
    """

    names: list[str]
    median: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    bent: np.ndarray
    grids: dict[int, tuple[np.ndarray, np.ndarray]]
    indicators: dict[int, str]


@prepares("scale")
def _scaling(state: dict[str, Any]) -> _Scaling:
    columns = state["columns"]

    def each(key: str, default: float) -> np.ndarray:
        return np.array([[float(how.get(key, default))] for how in columns.values()]).reshape(-1, 1)

    return _Scaling(
        names=list(columns),
        median=each("median", 0.0),
        mean=each("mean", 0.0),
        deviation=each("deviation", 1.0),
        bent=each("bent", 0.0)[:, 0] > 0,
        grids={
            at: (np.array(how["quantiles"]), np.array(how["scores"]))
            for at, how in enumerate(columns.values())
            if "quantiles" in how
        },
        indicators={
            at: f"{name}:missing"
            for at, (name, how) in enumerate(columns.items())
            if how["indicator"]
        },
    )


@register("scale")
def scale(how: _Scaling, table: Table) -> Table:
    """Median for missing, then standard or normal-quantile scale; ``x:missing`` where asked.

    Values far outside the training range are held at 10 deviations or bent smoothly towards 3, so
    that one of them cannot carry a linear model anywhere.
    """
    if not how.names:
        return table
    values = _together([column(table, name) for name in how.names])
    absent = np.isnan(values)
    values = np.where(absent, how.median, values)
    scaled = (values - how.mean) / how.deviation
    bent = scaled[how.bent]
    scaled[how.bent] = bent / np.hypot(1, bent / _BEND)
    np.clip(scaled, -_LIMIT, _LIMIT, out=scaled)
    for at, grid in how.grids.items():
        scaled[at] = np.interp(values[at], *grid)
    changed: Table = dict(zip(how.names, scaled.astype(np.float32), strict=True))
    told = {name: absent[at].astype(np.float32) for at, name in how.indicators.items()}
    return table | changed | told


def _together(columns: list[Any]) -> np.ndarray:
    """(columns, n) numbers."""
    if all(isinstance(each, np.ndarray) and each.dtype.kind in "biuf" for each in columns):
        together = np.concatenate(columns, dtype=np.float64, casting="unsafe")
        return numbers(together).reshape(len(columns), -1)
    return np.stack([numbers(each) for each in columns])


@prepares("piecewise")
def _intervals(state: dict[str, Any]) -> dict[str, tuple[list[str], np.ndarray, np.ndarray]]:
    """By column: names of the parts, and (intervals, 1) where each begins and how long it is."""
    found = {}
    for name, knots in state["knots"].items():
        at = np.array(knots)[:, None]
        names = [f"{name}:part{number}" for number in range(len(knots) - 1)]
        found[name] = (names, at[:-1], np.diff(at, axis=0))
    return found


@register("piecewise")
def piecewise(columns: dict[str, tuple[list[str], np.ndarray, np.ndarray]], table: Table) -> Table:
    """``x:part0`` …: the share of each interval between the knots that lies below the value."""
    added: Table = {}
    for name, (names, low, length) in columns.items():
        parts = np.clip((numbers(column(table, name)) - low) / length, 0, 1)
        # What is missing has come through no interval.
        added.update(
            zip(names, np.where(np.isnan(parts), 0, parts).astype(np.float32), strict=True)
        )
    return table | added
