"""Categories for the models: codes, frequencies, zero-one columns, strings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.table import column
from automl_tasks.serve.steps.values import numbers, texts

from ._base import Step

__all__ = ["MOST_LEVELS", "Codes", "Frequencies", "OneHot", "Strings", "count_levels"]

MOST_LEVELS = 10_000
_FEW_VALUES = 31


def count_levels(values: Any, most: int) -> dict[str, int]:
    """Rows of each level, the commonest first, ties in the order of their names."""
    counts = pd.Series(texts(values), dtype=object).value_counts()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {str(level): int(count) for level, count in ordered[:most]}


class Codes(Step):
    """Replace each level by its rank of frequency; -1 for missing and unseen ones.

    Parameters
    ----------
    dtype
        ``int32``: models may treat the codes as categories. ``float32``: as numbers, which suits
        columns of very many levels.
    most
        Rarer levels than the `most` commonest count as unseen.
    """

    def __init__(
        self, columns: list[str] | None = None, dtype: str = "int32", most: int = MOST_LEVELS
    ) -> None:
        super().__init__(columns)
        self.dtype = dtype
        self.most = most

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        levels = {
            name: {
                level: code
                for code, level in enumerate(count_levels(column(table, name), self.most))
            }
            for name in self._columns(table)
        }
        return {"kind": "codes", "dtype": self.dtype, "levels": levels}


class Frequencies(Step):
    """Add ``x:frequency``, the logarithm of how often the row's level occurs in training."""

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        counts = {
            name: count_levels(column(table, name), MOST_LEVELS) for name in self._columns(table)
        }
        return {"kind": "frequencies", "counts": counts}


class OneHot(Step):
    """Add a zero-one column per common level; rare and unseen levels share one.

    Parameters
    ----------
    most
        Levels with a column of their own, at most.
    rare
        A level in fewer rows than this has no column of its own.
    whole
        Columns of numbers that are treated so too if they have few distinct whole values: hours,
        months and grades seldom act in a straight line.
    """

    def __init__(
        self,
        columns: list[str] | None = None,
        most: int = 50,
        rare: int = 5,
        whole: list[str] | None = None,
    ) -> None:
        super().__init__(columns)
        self.most = most
        self.rare = rare
        self.whole = whole

    @property
    def idle(self) -> bool:
        return super().idle and not self.whole

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        levels = {
            name: [
                level
                for level, count in count_levels(column(table, name), self.most).items()
                if count >= self.rare
            ]
            for name in self._columns(table)
        }
        return {"kind": "one_hot", "levels": levels}

    def _columns(self, table: Table) -> list[str]:
        whole = [name for name in self.whole or () if _few_whole(column(table, name))]
        return super()._columns(table) + whole


def _few_whole(values: Any) -> bool:
    array = numbers(values)
    distinct = np.unique(array[~np.isnan(array)])
    return 2 < len(distinct) <= _FEW_VALUES and bool((distinct == np.floor(distinct)).all())


class Strings(Step):
    """Keep categories as strings, missing ones as a level of their own."""

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        return {"kind": "strings", "columns": self._columns(table)}
