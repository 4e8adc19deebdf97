"""Class labels: sorted and of their own type for the user, in columns' types for the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.serve.steps.values import moments, texts

__all__ = ["ClassLabels"]


@dataclass(frozen=True)
class ClassLabels:
    """The labels of a classifier.

    Attributes
    ----------
    classes
        Distinct labels in NumPy's order, of the type that the user gave.
    written
        What the target column of the snapshot holds in their place.
    """

    classes: NDArray[Any]
    written: NDArray[Any]

    @classmethod
    def of(cls, y: NDArray[Any]) -> ClassLabels:
        """Labels of an array; numbers stand in where a snapshot would read a text as no label."""
        classes = np.unique(y)
        kept = classes.dtype.kind in "iuf" or _are_plain_texts(classes)
        return cls(classes, classes if kept else np.arange(len(classes)))

    def column(self, y: NDArray[Any]) -> pd.Series:
        """The target column that stands for `y`."""
        return pd.Series(self.written[np.searchsorted(self.classes, y)])

    def positions(self, names: list[str]) -> NDArray[np.int64]:
        """Where in `classes` each of the engine's labels stands; it may have left some out."""
        where = {name: position for position, name in enumerate(texts(self.written))}
        return np.array([where[name] for name in names], dtype=np.int64)


def _are_plain_texts(classes: NDArray[Any]) -> bool:
    """Whether each stays a distinct text: empty ones are missing, and dates are no classes."""
    if classes.dtype.kind == "b":
        return False  # a snapshot writes 0 and 1
    stripped = {str(label).strip() for label in classes}
    return (
        len(stripped) == len(classes)
        and "" not in stripped
        and bool(np.isnat(moments(classes)).any())
    )
