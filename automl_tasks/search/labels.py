"""What a run knows of its rows beside the features, in one file for all its processes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Labels"]


@dataclass(frozen=True)
class Labels:
    """Targets and weights of all rows of a snapshot, and which rows are held out.

    Attributes
    ----------
    y
        (rows,) values or class codes; 0 in rows outside of the split.
    weight
        (rows,) weights; None: all rows count alike.
    training_weight
        (rows,) weights in training alone, where they differ; None: they do not.
    develop, holdout
        Positions of the rows that the search learns from and of those that only the final check
        sees, as `divide_rows` found them: to find them again, every row would be hashed.
    """

    y: NDArray[Any]
    weight: NDArray[np.float64] | None
    develop: NDArray[np.int64]
    holdout: NDArray[np.int64]
    training_weight: NDArray[np.float64] | None = None

    def weight_of(self, rows: NDArray[Any]) -> NDArray[np.float64] | None:
        """Weights of some rows."""
        return None if self.weight is None else self.weight[rows]

    def training_weight_of(self, rows: NDArray[Any]) -> NDArray[np.float64] | None:
        """Weights of some rows in training."""
        found = self.weight if self.training_weight is None else self.training_weight
        return None if found is None else found[rows]

    def to_bytes(self) -> bytes:
        """The file's content."""
        written = io.BytesIO()
        arrays = {"y": self.y, "develop": self.develop, "holdout": self.holdout}
        optional = {"weight": self.weight, "training_weight": self.training_weight}
        arrays |= {name: each for name, each in optional.items() if each is not None}
        np.savez(written, allow_pickle=False, **arrays)
        return written.getvalue()

    @classmethod
    def read(cls, path: Path) -> Labels:
        with np.load(path, allow_pickle=False) as arrays:
            return cls(
                arrays["y"],
                arrays.get("weight"),
                arrays["develop"],
                arrays["holdout"],
                arrays.get("training_weight"),
            )
