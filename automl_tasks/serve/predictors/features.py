"""Features of rows, converted once for all models that want them in the same form."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Features", "matrix"]


class Features:
    """A frame of features and what models made of it.

    Parameters
    ----------
    frame : (n, columns) frame
        As the pipeline of the models' recipe makes it.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._forms: dict[Hashable, Any] = {}

    def once(self, form: Hashable, make: Callable[[pd.DataFrame], Any]) -> Any:
        """What `make` makes of the frame, or made before under the same `form`.

        Nobody may change it.
        """
        if form not in self._forms:
            self._forms[form] = make(self.frame)
        return self._forms[form]

    @property
    def array(self) -> np.ndarray:
        """(n, columns) array from `matrix`; not to be changed."""
        return np.asarray(self.once("array", matrix))


def matrix(features: pd.DataFrame) -> np.ndarray:
    """Features as one array: float32, or float64 where a column needs it."""
    wide = any(dtype == np.float64 for dtype in features.dtypes)
    return features.to_numpy(dtype=np.float64 if wide else np.float32)
