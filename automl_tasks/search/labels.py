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
    """Targets and weights of all rows of a snapshot.

    Attributes
    ----------
    y
        (rows,) values or class codes; 0 in rows outside of the split.
    weight
        (rows,) weights; None: all rows count alike.
    """

    y: NDArray[Any]
    weight: NDArray[np.float64] | None

    def weight_of(self, rows: NDArray[Any]) -> NDArray[np.float64] | None:
        """Weights of some rows."""
        return None if self.weight is None else self.weight[rows]

    def to_bytes(self) -> bytes:
        """The file's content."""
        written = io.BytesIO()
        arrays = {"y": self.y} | ({} if self.weight is None else {"weight": self.weight})
        np.savez(written, allow_pickle=False, **arrays)
        return written.getvalue()

    @classmethod
    def read(cls, path: Path) -> Labels:
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["y"], arrays.get("weight"))
