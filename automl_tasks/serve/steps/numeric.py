"""Numbers for models that need them filled and scaled."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .table import Table, column, register
from .values import numbers

__all__ = ["piecewise", "scale"]

_LIMIT = 10.0
_BEND = 3.0


@register("scale")
def scale(state: dict[str, Any], table: Table) -> Table:
    """Median for missing, then standard or normal-quantile scale; ``x:missing`` where asked.

    Values far outside the training range are held at 10 deviations or bent smoothly towards 3, so
    that one of them cannot carry a linear model anywhere.
    """
    changed: Table = {}
    for name, how in state["columns"].items():
        values = numbers(column(table, name))
        absent = np.isnan(values)
        filled = np.where(absent, how["median"], values)
        if "quantiles" in how:
            scaled = np.interp(filled, how["quantiles"], how["scores"])
        else:
            scaled = (filled - how["mean"]) / how["deviation"]
            if how.get("bent"):
                scaled = scaled / np.hypot(1, scaled / _BEND)
            scaled = np.clip(scaled, -_LIMIT, _LIMIT)
        changed[name] = scaled.astype(np.float32)
        if how["indicator"]:
            changed[f"{name}:missing"] = absent.astype(np.float32)
    return table | changed


@register("piecewise")
def piecewise(state: dict[str, Any], table: Table) -> Table:
    """``x:part0`` …: the share of each interval between the knots that lies below the value."""
    added: Table = {}
    for name, knots in state["knots"].items():
        values = numbers(column(table, name))
        for at, (low, high) in enumerate(pairwise(knots)):
            part = np.clip((values - low) / (high - low), 0, 1)
            added[f"{name}:part{at}"] = np.nan_to_num(part).astype(np.float32)
    return table | added
