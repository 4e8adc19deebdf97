"""Recorded results as arrays: tables by configurations, with NaN where nothing was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Matrix", "Size"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """How large a table is: what the duration of a training depends on.

    Attributes
    ----------
    rows
        Training rows of one fit.
    columns
        Raw feature columns.
    classes
        0 for a regression.
    """

    rows: float
    columns: float
    classes: int = 0

    @classmethod
    def of(cls, logs: Floats) -> Size:
        """The size of which these are the `logs`."""
        rows, columns, classes = np.exp(logs).tolist()
        return cls(rows, columns, round(classes))

    def logs(self) -> Floats:
        """(3,) logarithms; a regression trains as one class does."""
        return np.log([max(self.rows, 1.0), max(self.columns, 1.0), max(self.classes, 1)])


@dataclass(frozen=True)
class Matrix:
    """What was recorded.

    Attributes
    ----------
    tables
        (t,) fingerprints.
    configurations, families
        (c,) keys, and the family of each.
    losses, seconds
        (t, c); NaN: not recorded; a loss of infinity: it failed. Losses are compared within a
        table only, so that each may have a metric of its own.
    sizes
        (t, 3): `Size.logs`.
    metafeatures
        (t, f); NaN: unknown.
    names
        (f,) of the meta-features.
    """

    tables: tuple[str, ...]
    configurations: tuple[str, ...]
    families: tuple[str, ...]
    losses: Floats
    seconds: Floats
    sizes: Floats
    metafeatures: Floats
    names: tuple[str, ...]

    def without(self, table: str) -> Matrix:
        """The matrix less one table, which then cannot vote for itself."""
        keep = np.array([each != table for each in self.tables], dtype=bool)
        return replace(
            self,
            tables=tuple(each for each in self.tables if each != table),
            losses=self.losses[keep],
            seconds=self.seconds[keep],
            sizes=self.sizes[keep],
            metafeatures=self.metafeatures[keep],
        )

    def aligned(self, candidates: Sequence[tuple[str, str]]) -> Matrix:
        """The matrix with exactly the columns of some configurations (key, family), in order.

        Of configurations that were never recorded, nothing is known but the family.
        """
        position = {key: at for at, key in enumerate(self.configurations)}
        at = np.array([position.get(key, -1) for key, _ in candidates], dtype=np.int64)
        blank = np.full((len(self.tables), 1), np.nan)
        return replace(
            self,
            configurations=tuple(key for key, _ in candidates),
            families=tuple(family for _, family in candidates),
            losses=np.hstack([self.losses, blank])[:, at],
            seconds=np.hstack([self.seconds, blank])[:, at],
        )
