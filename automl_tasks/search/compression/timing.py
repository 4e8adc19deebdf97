"""What saved members cost together: time to predict, bytes on disk; measured, not predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from automl_tasks.search.member import SavedMember, predict_together
from automl_tasks.search.stopwatch import folder_mb, milliseconds_per_row

__all__ = ["Cost", "Scales"]

_REPEATS = 5
_SINGLE_REPEATS = 9
_FEW_ROWS = 300
_SECONDS = 1.0  # after which no further call is timed


@dataclass(frozen=True)
class Cost:
    """Of a model on one thread of this machine.

    Attributes
    ----------
    ms_per_row
        In a batch of up to 1,000 rows.
    ms_single
        Of one row alone.
    """

    ms_per_row: float
    ms_single: float
    size_mb: float


class Scales:
    """Weighs members, each of which is loaded once.

    Parameters
    ----------
    rows
        Raw rows to predict.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows
        self._loaded: dict[Path, SavedMember] = {}

    def cost(self, folders: Sequence[Path]) -> Cost:
        """Cost of the members together; those of equal preprocessing share it."""
        predict = self._together(folders)
        return Cost(
            ms_per_row=milliseconds_per_row(predict, self.rows, repeats=_REPEATS, seconds=_SECONDS),
            ms_single=milliseconds_per_row(
                predict, self.rows.iloc[:1], repeats=_SINGLE_REPEATS, seconds=_SECONDS
            ),
            size_mb=_megabytes(folders),
        )

    def rough(self, folder: Path) -> Cost:
        """Cost of one member, measured on a few rows once."""
        few = self.rows.iloc[:_FEW_ROWS]
        took = milliseconds_per_row(self._together([folder]), few, repeats=1, seconds=0)
        return Cost(took, took, _megabytes([folder]))

    def _together(self, folders: Sequence[Path]) -> Callable[[pd.DataFrame], np.ndarray]:
        members = [self._member(folder) for folder in folders]
        return predict_together(members, [1 / len(folders)] * len(folders))

    def _member(self, folder: Path) -> SavedMember:
        if folder not in self._loaded:
            self._loaded[folder] = SavedMember(folder)
        return self._loaded[folder]


def _megabytes(folders: Sequence[Path]) -> float:
    return round(sum(map(folder_mb, folders)), 4)
