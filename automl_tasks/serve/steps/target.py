"""Categories as the mean target of their level."""

from __future__ import annotations

from typing import Any

import numpy as np

from .categories import MISSING, look_up
from .table import Table, column, prepares, register, unpack
from .values import texts

__all__ = ["level_positions", "means_columns", "target_means"]


def level_positions(values: Any, levels: dict[str, int]) -> np.ndarray:
    """(n,) positions of the rows' levels, missing ones a level too; -1 for unseen ones."""
    return look_up(texts(values), levels, -1, levels.get(MISSING)).astype(np.int64)


def means_columns(name: str, means: np.ndarray) -> Table:
    """(n, outputs) means as ``x:target``, or ``x:target0`` … where there are several."""
    if means.shape[1] == 1:
        return {f"{name}:target": means[:, 0]}
    return {f"{name}:target{at}": means[:, at] for at in range(means.shape[1])}


@prepares("target_means")
def _unpacked(state: dict[str, Any]) -> dict[str, tuple[dict[str, int], Table]]:
    return {
        name: (how["levels"], means_columns(name, unpack(how["means"])))
        for name, how in state["columns"].items()
    }


@register("target_means")
def target_means(columns: dict[str, tuple[dict[str, int], Table]], table: Table) -> Table:
    """``x:target``: the mean target of the row's level in training, of all rows if unseen."""
    added: Table = {}
    for name, (levels, means) in columns.items():
        position = level_positions(column(table, name), levels)
        # The last row of the means is that of unseen levels.
        added.update({made: array[position] for made, array in means.items()})
    return table | added
