"""The metric in each group of a protected column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.search.measure import Measure
from automl_tasks.search.metrics import score

__all__ = ["Group", "metric_by_group"]

_FEWEST_ROWS = 30
_MOST_LEVELS = 12
_OTHERS = "others"
_MISSING = "missing"


class Group(BaseModel):
    """Rows that share a value of a protected column.

    Attributes
    ----------
    value
        The metric on these rows; None where they do not determine it (one class only).
    """

    group: str
    rows: int
    value: float | None


def metric_by_group(
    column: pd.Series,
    metric: str | Measure,
    y: NDArray[Any],
    prediction: NDArray[Any],
    weight: NDArray[np.float64] | None = None,
) -> list[Group]:
    """The metric in each group, the largest group first.

    Numbers of many values are cut into quarters; groups of fewer than 30 rows are pooled as
    ``others``, because a metric on so few says nothing.

    Parameters
    ----------
    column
        (n,) values of the protected column.
    metric, y, prediction, weight
        As for `score`; the arrays are of the same rows.
    """
    labels = _labels(column)
    counts = labels.value_counts()
    small = counts.index[counts < _FEWEST_ROWS]
    labels = labels.where(~labels.isin(small), _OTHERS)
    groups = []
    for label, rows in labels.value_counts().items():
        within = (labels == label).to_numpy()
        own = None if weight is None else weight[within]
        value = score(metric, y[within], prediction[within], own)
        groups.append(
            Group(group=str(label), rows=int(rows), value=None if np.isnan(value) else value)
        )
    return groups


def _labels(column: pd.Series) -> pd.Series:
    column = column.reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(column) and column.nunique() > _MOST_LEVELS:
        quarters = column.groupby(pd.qcut(column, 4, duplicates="drop"), observed=True)
        low, high = quarters.transform("min"), quarters.transform("max")
        texts = [f"{least:g} to {most:g}" for least, most in zip(low, high, strict=True)]
        return pd.Series(texts).where(column.notna(), _MISSING)
    return column.astype(object).where(column.notna(), _MISSING).astype(str)
