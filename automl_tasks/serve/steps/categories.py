"""Categories as codes, frequencies, zero-one columns or plain strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from .table import Table, column, prepares, register
from .values import FEW_ROWS, levels_of, texts

__all__ = ["codes", "frequencies", "look_up", "one_hot", "strings"]

MISSING = "<missing>"
_FEW_ROWS = 256


def look_up(
    values: np.ndarray, mapping: dict[str, Any], default: float, missing: float | None = None
) -> np.ndarray:
    """Number of each text; `default` for unknown ones, and for missing ones unless `missing`."""
    none = default if missing is None else missing
    if len(values) <= _FEW_ROWS:
        found = [none if value is None else mapping.get(value, default) for value in values]
        return np.array(found, dtype=np.float64)
    positions, levels = levels_of(values)
    found = [mapping.get(level, default) for level in levels]
    # The position of missing ones, -1, picks the last entry.
    return np.asarray(np.array([*found, none], dtype=np.float64)[positions])


@register("codes")
def codes(state: dict[str, Any], table: Table) -> Table:
    """Each column as the number of its level, -1 for missing and unseen ones."""
    return table | {
        name: look_up(texts(column(table, name)), levels, -1).astype(state["dtype"])
        for name, levels in state["levels"].items()
    }


@register("frequencies")
def frequencies(state: dict[str, Any], table: Table) -> Table:
    """``x:frequency``: log(1 + training rows that have the row's level)."""
    return table | {
        f"{name}:frequency": np.log1p(look_up(texts(column(table, name)), counts, 0)).astype(
            np.float32
        )
        for name, counts in state["counts"].items()
    }


@prepares("one_hot")
def _places(state: dict[str, Any]) -> dict[str, tuple[list[str], dict[str, int]]]:
    """By column: names of what is made, and where among it each level is."""
    return {
        name: (
            [f"{name}={level}" for level in (*levels, MISSING, "<other>")],
            {level: at for at, level in enumerate(levels)},
        )
        for name, levels in state["levels"].items()
    }


@register("one_hot")
def one_hot(columns: dict[str, tuple[list[str], dict[str, int]]], table: Table) -> Table:
    """A zero-one column per level, one for missing, one for all rare and unseen levels."""
    added: Table = {}
    for name, (names, places) in columns.items():
        values = texts(column(table, name))
        hot = np.zeros((len(names), len(values)), dtype=bool)
        place = look_up(values, places, len(names) - 1, len(names) - 2)
        hot[place.astype(np.int64), np.arange(len(values))] = True
        added.update(zip(names, hot, strict=True))
    return table | added


@register("strings")
def strings(state: dict[str, Any], table: Table) -> Table:
    """Categories as strings without gaps, for a model that encodes them itself."""
    changed: Table = {}
    for name in state["columns"]:
        values = texts(column(table, name))
        if len(values) <= FEW_ROWS:
            cells = [MISSING if value is None else value for value in values]
            changed[name] = np.array(cells, dtype=object)
            continue
        positions, levels = levels_of(values)
        changed[name] = np.array([*levels, MISSING], dtype=object)[positions]
    return table | changed
