"""Columns made of others of the same row, by an owner's demand or a recipe's choice."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .categories import look_up
from .table import Table, column, register, to_frame
from .values import numbers, texts

__all__ = ["custom", "difference", "group_mean", "log", "product", "ratio"]


@register("log")
def log(state: dict[str, Any], table: Table) -> Table:
    """``log(x)`` = sign(x) · ln(1 + |x|): defined for zero and below."""
    added = {}
    for name in state["columns"]:
        values = numbers(column(table, name))
        added[f"log({name})"] = np.sign(values) * np.log1p(np.abs(values))
    return table | added


@register("ratio")
def ratio(state: dict[str, Any], table: Table) -> Table:
    """``a/b``; missing where b is zero."""
    above, below = state["columns"]
    divisor = numbers(column(table, below))
    quotient = numbers(column(table, above)) / np.where(divisor == 0, np.nan, divisor)
    return table | {f"{above}/{below}": numbers(quotient)}


@register("difference")
def difference(state: dict[str, Any], table: Table) -> Table:
    """``a-b``; of two dates in days."""
    first, second = state["columns"]
    left, right = column(table, first), column(table, second)
    if left.dtype.kind == "M" and right.dtype.kind == "M":
        return table | {f"{first}-{second}": numbers(left - right)}
    return table | {f"{first}-{second}": numbers(numbers(left) - numbers(right))}


@register("product")
def product(state: dict[str, Any], table: Table) -> Table:
    """``a*b``."""
    first, second = state["columns"]
    # Each is below 2¹²⁸, so their product is a float64.
    made = numbers(column(table, first)) * numbers(column(table, second))
    return table | {f"{first}*{second}": numbers(made)}


@register("group_mean")
def group_mean(state: dict[str, Any], table: Table) -> Table:
    """``mean(of by g)``: the training mean of a column in the row's group, else over all."""
    by, of, means = state["by"], state["of"], state["means"]
    values = look_up(texts(column(table, by)), means, state["overall"])
    return table | {f"mean({of} by {by})": values}


@register("custom")
def custom(state: dict[str, Any], table: Table) -> Table:
    """Columns made by an owner's class; its module lies beside this code in a package."""
    module, _, name = state["class"].rpartition(".")
    step = getattr(importlib.import_module(module), name).from_state(state["state"])
    made = step.transform(to_frame(table))
    return table | {str(name): made[name].to_numpy() for name in made.columns}
