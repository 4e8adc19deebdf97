"""What every reader hands on: names and a stream of Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Input", "rows_per_batch"]

_CELLS_PER_BATCH = 4_000_000


@dataclass
class Input:
    """One file, or the result of one query.

    Attributes
    ----------
    name
        What messages call it.
    columns
        Names, in the input's order.
    texts
        Every value is a text whose type must be found (CSV); else the types are believed.
    batches
        Arrow record batches with these columns.
    notes
        What a reader should know; a reader adds to it while it is read.
    """

    name: str
    columns: list[str]
    texts: bool
    batches: Iterator[Any]
    notes: list[str] = field(default_factory=list)


def rows_per_batch(columns: int) -> int:
    """Rows that bound a batch's memory, whatever the width."""
    return max(1_000, min(65_536, _CELLS_PER_BATCH // max(columns, 1)))
