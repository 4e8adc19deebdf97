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
        kept = classes.dtype.kind in "biuf" or _are_plain_texts(classes)
        return cls(classes, classes if kept else np.arange(len(classes)))

    def column(self, y: NDArray[Any]) -> pd.Series:
        """The target column that stands for `y`."""
        return pd.Series(self.written[np.searchsorted(self.classes, y)])

    def probabilities(self, raw: NDArray[Any], names: list[str]) -> NDArray[np.float64]:
        """Probabilities in the order of `classes`.

        Parameters
        ----------
        raw : (n, len(names)) array
            In the order of `names`, the engine's labels; a class that it left out gets 0.
        """
        codes = {name: code for code, name in enumerate(names)}
        ordered = np.zeros((len(raw), len(self.classes)))
        for position, name in enumerate(texts(self.written)):
            if name in codes:
                ordered[:, position] = raw[:, codes[name]]
        return ordered


def _are_plain_texts(classes: NDArray[Any]) -> bool:
    """Whether each stays a distinct text: empty ones are missing, and dates are no classes."""
    stripped = {str(label).strip() for label in classes}
    return (
        len(stripped) == len(classes)
        and "" not in stripped
        and bool(np.isnat(moments(classes)).any())
    )
