"""Features of rows, converted once for all models that want them in the same form."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Features", "matrix"]


class Features:
    """Columns of features and what models made of them.

    Parameters
    ----------
    columns : (n, columns) frame, or dictionary of (n,) arrays
        As the pipeline of the models' recipe makes them.
    """

    def __init__(self, columns: pd.DataFrame | dict[str, np.ndarray]) -> None:
        self._columns = columns
        self._forms: dict[Hashable, Any] = {}

    @cached_property
    def names(self) -> list[str]:
        """Of the columns."""
        return [str(name) for name in self._columns]

    def __len__(self) -> int:
        if isinstance(self._columns, pd.DataFrame):
            return len(self._columns)
        return len(next(iter(self._columns.values()), ()))

    def select(self, names: Sequence[str]) -> Features:
        """Features of these columns, in this order."""
        if isinstance(self._columns, pd.DataFrame):
            return Features(self._columns[list(names)])
        return Features({name: self._columns[name] for name in names})

    def once(self, form: Hashable, make: Callable[[Features], Any]) -> Any:
        """What `make` makes of the features, or made before under the same `form`.

        Nobody may change it.
        """
        if form not in self._forms:
            self._forms[form] = make(self)
        return self._forms[form]

    @cached_property
    def cells(self) -> list[list[Any]]:
        """Row after row."""
        columns = [np.asarray(self._columns[name]).tolist() for name in self.names]
        return [list(row) for row in zip(*columns, strict=True)]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The columns as a frame."""
        return pd.DataFrame(self._columns, copy=False)

    @cached_property
    def array(self) -> np.ndarray:
        """(n, columns) array as of `matrix`; nobody may change it."""
        if isinstance(self._columns, pd.DataFrame):
            # BLAS adds up in another order where the memory lies otherwise.
            return np.asfortranarray(matrix(self._columns))
        columns = list(self._columns.values())
        dtype = _dtype({each.dtype for each in columns})
        made = np.concatenate(columns, dtype=dtype, casting="unsafe")
        return made.reshape(len(columns), -1).T


def matrix(features: pd.DataFrame) -> np.ndarray:
    """Features as one array: float32, or float64 where a column needs it."""
    return features.to_numpy(dtype=_dtype(features.dtypes))


def _dtype(dtypes: Any) -> type[np.floating[Any]]:
    return np.float64 if any(dtype == np.float64 for dtype in dtypes) else np.float32
