"""Labels as numbers for the models, and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.errors import DataError
from automl_tasks.nearest import did_you_mean
from automl_tasks.problem import Task
from automl_tasks.serve.labels import decode_labels
from automl_tasks.serve.steps.values import numbers, texts

__all__ = ["TargetCodec"]


@dataclass(frozen=True)
class TargetCodec:
    """How labels become numbers.

    Attributes
    ----------
    classes
        Labels as text in their natural order (numbers by value), but the positive class of a
        binary task is the second; None for regression.
    dtype
        Type of the labels: ``str``, ``bool``, ``int64`` or ``float64``.

    Examples
    --------
    >>> codec = TargetCodec.fit(pd.Series([10, 9, 10]), "binary")
    >>> codec.classes, codec.encode(pd.Series([9.0, 10.0])).tolist()
    (['9', '10'], [0, 1])
    """

    classes: list[str] | None
    dtype: str

    @classmethod
    def fit(cls, target: pd.Series, task: Task, positive: str | None = None) -> TargetCodec:
        """Learn the labels of the rows that ``usable_rows`` leaves.

        Parameters
        ----------
        positive
            Label, as text, of the positive class of a binary task; None: the second in order.
        """
        present = target.dropna()
        if task == "regression":
            return cls(classes=None, dtype="float64")
        labels = sorted(set(texts(present)))
        dtype = _label_type(present, labels)
        if dtype in ("int64", "float64"):
            labels.sort(key=float)
        if task == "binary" and positive is not None:
            labels.sort(key=lambda label: label == positive)
        return cls(classes=labels, dtype=dtype)

    def encode(self, target: pd.Series) -> np.ndarray:
        """Class numbers (int64), or the values themselves (float64).

        Raises
        ------
        DataError
            On a missing label or one that was not there when the codec was fitted.
        """
        if self.classes is None:
            return numbers(target)
        numbers_of = {label: number for number, label in enumerate(self.classes)}
        labels = texts(target)
        codes = np.array([numbers_of.get(label, -1) for label in labels], dtype=np.int64)
        if (codes < 0).any():
            unknown = labels[codes < 0][0]
            raise DataError(
                f"label {unknown!r} is none of the classes",
                where=f"column {str(target.name)!r}",
                remedy=did_you_mean(str(unknown), self.classes),
            )
        return codes

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Labels in the target's own type; the values themselves for regression."""
        if self.classes is None:
            return np.asarray(codes, dtype=np.float64)
        return decode_labels(codes, self.classes, self.dtype)

    def state(self) -> dict[str, Any]:
        """The codec as JSON."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> TargetCodec:
        return cls(classes=state["classes"], dtype=state["dtype"])


def _label_type(present: pd.Series, labels: list[str]) -> str:
    if set(labels) <= {"True", "False"} and not _is_text(present):
        return "bool"
    if _is_text(present):
        return "str"
    try:
        values = [float(label) for label in labels]
    except ValueError:
        return "str"
    return "int64" if all(value.is_integer() for value in values) else "float64"


def _is_text(present: pd.Series) -> bool:
    if isinstance(present.dtype, pd.CategoricalDtype):
        return _is_text(present.cat.categories.to_series())
    return pd.api.types.infer_dtype(present, skipna=True) == "string"
