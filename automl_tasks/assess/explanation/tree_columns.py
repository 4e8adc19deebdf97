"""Raw columns as a person would ask about them: numbers, levels and parts of dates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.assess.explanation.levels import column_levels

__all__ = ["Question", "asked_columns", "questions"]

_LEVELS = 8
_PARTS = ("year", "month", "day", "weekday", "hour")
_SMALL = 10_000  # whole numbers that four digits tell
_DAY = np.timedelta64(1, "D")

Array = NDArray[Any]


@dataclass(frozen=True)
class Question:
    """One column of the surrogate's table.

    Attributes
    ----------
    kind
        ``number``, ``level`` (0 or 1), ``part`` of a date, or the ``date`` itself in days.
    value
        The level, or the part's name.
    whole
        Whether all answers are whole numbers.
    """

    column: str
    kind: Literal["number", "level", "part", "date"]
    value: str | None = None
    whole: bool = False

    def below(self, threshold: float) -> str:
        """That a row is at or below a threshold, in words."""
        return f"{self.subject} ≤ {self._told(threshold)}"

    def above(self, threshold: float) -> str:
        """That it is above."""
        return f"{self.subject} > {self._told(threshold)}"

    @property
    def subject(self) -> str:
        """What is compared, in words."""
        return f"{self.value} of {self.column}" if self.kind == "part" else self.column

    @property
    def level(self) -> str:
        """The level in words."""
        return "missing" if self.value is None else self.value

    def answers(self, values: Array) -> Array:
        """(n,) float32 answers for a column from `read_columns`, NaN where missing."""
        if self.kind == "number":
            return values.astype(np.float32)
        if self.kind == "level":
            series = pd.Series(values, dtype=object)
            asked = series.isna() if self.value is None else series == self.value
            return asked.to_numpy(dtype=np.float32)
        return _moment_part(values, self.value).astype(np.float32)

    def _told(self, threshold: float) -> str:
        if self.kind == "date":
            return str(np.datetime64(0, "D") + np.timedelta64(round(threshold), "D"))
        if self.whole and abs(threshold) < _SMALL:
            return str(math.floor(threshold))
        # Half-way between two rows says something of both; four digits say nothing of either.
        return f"{float(f'{threshold:.4g}'):.12g}"


def questions(columns: Mapping[str, Array]) -> list[Question]:
    """What can be asked of columns from `read_columns`: levels only where ten rows have them."""
    found = list[Question]()
    for name, values in columns.items():
        if values.dtype.kind == "O":
            levels = column_levels(values, _LEVELS).told
            found += [Question(name, "level", level.value) for level in levels]
        elif values.dtype.kind == "M":
            found += [Question(name, "date")]
            found += [
                Question(name, "part", part, part != "hour")
                for part in _PARTS
                if _varies(values, part)
            ]
        else:
            found.append(Question(name, "number", whole=_whole(values)))
    return found


def asked_columns(asked: list[Question], columns: Mapping[str, Array]) -> Array:
    """(n, questions) answers of rows."""
    return np.stack([each.answers(columns[each.column]) for each in asked], axis=1)


def _whole(values: Array) -> bool:
    known = values[~np.isnan(values)]
    return bool((known == np.floor(known)).all())


def _varies(values: Array, part: str) -> bool:
    known = _moment_part(values, part)
    known = known[~np.isnan(known)]
    return len(known) > 0 and bool((known != known[0]).any())


def _moment_part(values: Array, part: str | None) -> Array:
    from automl_tasks.serve.steps.dates import part_of

    if part is not None:
        return part_of(part, values, np.datetime64(0, "D"))
    return np.where(np.isnat(values), np.nan, (values - np.datetime64(0, "D")) / _DAY)
