"""Numbers for models that need them filled and scaled."""

from __future__ import annotations

from typing import Any

import numpy as np

from .table import Table, column, register
from .values import numbers

__all__ = ["scale"]

_LIMIT = 10.0


@register("scale")
def scale(state: dict[str, Any], table: Table) -> Table:
    """Median for missing, then standard or normal-quantile scale; ``x:missing`` where asked.

    Values far outside the training range are held at 10 deviations, so that one of them cannot
    carry a linear model anywhere.
    """
    changed: Table = {}
    for name, how in state["columns"].items():
        values = numbers(column(table, name))
        absent = np.isnan(values)
        filled = np.where(absent, how["median"], values)
        if "quantiles" in how:
            scaled = np.interp(filled, how["quantiles"], how["scores"])
        else:
            scaled = np.clip((filled - how["mean"]) / how["deviation"], -_LIMIT, _LIMIT)
        changed[name] = scaled.astype(np.float32)
        if how["indicator"]:
            changed[f"{name}:missing"] = absent.astype(np.float32)
    return table | changed
