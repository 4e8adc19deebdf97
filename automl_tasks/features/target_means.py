"""Categories as the mean target of their level, cross-fitted where a model trains on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_tasks.serve.steps import Table, apply_step
from automl_tasks.serve.steps.categories import MISSING
from automl_tasks.serve.steps.table import column, pack
from automl_tasks.serve.steps.target import level_positions, means_columns
from automl_tasks.serve.steps.values import texts

from ._base import Step
from .categories import MOST_LEVELS, count_levels
from .numeric import How, Scale

__all__ = ["ScaledTargetMeans", "TargetMeans"]

_SMOOTHING = 10.0
_FOLDS = 5
_MOST_CLASSES = 10


class TargetMeans(Step):
    """Add ``x:target``, the mean target of the row's level, drawn towards that of all rows.

    With more than two classes a column ``x:target0`` … for each of them, up to ten classes; with
    more, or without a target, nothing. Levels of m rows have half their say at ``m = 10``
    (Micci-Barreca 2001). Training rows are encoded in five folds, each from the other four, so
    that none sees its own label.

    Parameters
    ----------
    columns
        Columns to encode, read as text; missing values are a level of their own.
    """

    looks_at_target = True

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:
        outputs = None if y is None else _outputs(y)
        if outputs is None:
            return {"kind": "target_means", "columns": {}}
        return {
            "kind": "target_means",
            "columns": {
                name: _encoding(column(table, name), outputs) for name in self._columns(table)
            },
        }

    def fit_apply(self, table: Table, y: np.ndarray | None) -> Table:
        self.state_ = self.fit_table(table, y)
        added = dict(apply_step(self.state_, table))
        outputs = None if y is None else _outputs(y)
        if outputs is None or len(outputs) < 2 * _FOLDS:
            return added
        for name, how in self.state_["columns"].items():
            position = level_positions(column(table, name), how["levels"])
            means = _cross_fitted(position, outputs, len(how["levels"]))
            added.update(means_columns(name, means))
        return added


class ScaledTargetMeans(Step):
    """Target means on the scale of the other numbers, whose own scaling they do not change.

    Parameters
    ----------
    columns
        As of `TargetMeans`.
    how
        As of `Scale`.
    """

    looks_at_target = True

    def __init__(self, columns: list[str] | None = None, how: How = "standard") -> None:
        super().__init__(columns)
        self.how = how

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:
        means = TargetMeans(self.columns)
        return self._with_scale(means, table, means.fit_apply(table, y))

    def fit_apply(self, table: Table, y: np.ndarray | None) -> Table:
        means = TargetMeans(self.columns)
        made = means.fit_apply(table, y)
        self.state_ = self._with_scale(means, table, made)
        return apply_step(self.state_["steps"][1], made)

    def _with_scale(self, means: TargetMeans, before: Table, after: Table) -> dict[str, Any]:
        """Both steps, the scale learned from the means as a model sees them in training."""
        scale = Scale([name for name in after if name not in before], self.how)
        return {"kind": "several", "steps": [means.state_, scale.fit_table(after, None)]}


def _outputs(y: np.ndarray) -> np.ndarray | None:
    """(n, outputs) numbers whose means describe a level; None for very many classes."""
    if y.dtype.kind not in "iub":
        return np.asarray(y, dtype=np.float64)[:, None]
    classes = int(y.max(initial=0)) + 1
    if classes > _MOST_CLASSES:
        return None
    return np.eye(classes)[y.astype(np.int64)] if classes > 2 else y[:, None].astype(np.float64)


def _encoding(values: Any, outputs: np.ndarray) -> dict[str, Any]:
    read = texts(values).copy()
    read[[value is None for value in read]] = MISSING
    levels = {level: at for at, level in enumerate(count_levels(read, MOST_LEVELS))}
    position = level_positions(values, levels)
    overall = outputs.mean(axis=0)
    means = _smoothed(*_sums(position, outputs, len(levels)), overall)
    table = np.vstack([means, overall]).astype(np.float32)
    return {"levels": levels, "means": pack(table)}


def _sums(position: np.ndarray, outputs: np.ndarray, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """(levels, outputs) sums and (levels, 1) rows of each level; position -1 is none of them."""
    known = position >= 0
    at = position[known]
    sums = [np.bincount(at, each, minlength=levels) for each in outputs[known].T]
    rows = np.bincount(at, minlength=levels)
    return np.stack(sums, axis=1).reshape(levels, -1), rows[:, None].astype(np.float64)


def _smoothed(sums: np.ndarray, rows: np.ndarray, overall: np.ndarray) -> np.ndarray:
    return np.asarray((sums + _SMOOTHING * overall) / (rows + _SMOOTHING))


def _cross_fitted(position: np.ndarray, outputs: np.ndarray, levels: int) -> np.ndarray:
    """(n, outputs) means of each row's level over the rows of the other folds."""
    fold = np.random.default_rng(0).permutation(len(position)) % _FOLDS
    # One mean of all rows for every fold: the folds' own would tell rare levels their fold.
    overall = outputs.mean(axis=0)
    sums, rows = _sums(position, outputs, levels)
    made = np.empty_like(outputs)
    for each in range(_FOLDS):
        inside = fold == each
        own_sums, own_rows = _sums(position[inside], outputs[inside], levels)
        means = np.vstack([_smoothed(sums - own_sums, rows - own_rows, overall), overall])
        made[inside] = means[position[inside]]
    return made.astype(np.float32)
