"""Features of a run's rows, computed once where that is honest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.features import FeaturePipeline

__all__ = ["Prepared", "prepare"]

Rows = NDArray[np.int64]
_MOST_CELLS = 30_000_000
_MOST_KEPT = 4  # feature tables of single folds
_MOST_BYTES = 256 * 2**20  # of all that are kept: a process has them beside the table itself


@dataclass(frozen=True)
class Prepared:
    """A fitted pipeline, and the features that it has computed.

    Attributes
    ----------
    of_training
        Features of the rows that it was fitted on.
    position
        (table rows,) where a row is in `of_training`; None when the pipeline is of one fold.
    """

    pipeline: FeaturePipeline
    of_training: pd.DataFrame
    position: NDArray[np.int64] | None

    def training(self, table: Table, rows: Rows) -> pd.DataFrame:
        """Features of the training rows of a fold."""
        return self.of_training if self.position is None else self.features(table, rows)

    def features(self, table: Table, rows: Rows) -> pd.DataFrame:
        """Features of any rows."""
        if self.position is None or (self.position[rows] < 0).any():
            return self.pipeline.transform(table.frame.iloc[rows])
        return self.of_training.iloc[self.position[rows]]


def prepare(
    table: Table, recipe: Any, rows: Rows, y: NDArray[Any], fold: int | None = None
) -> Prepared:
    """Fit a recipe's pipeline.

    Steps that never look at the target (codes, scales, vocabularies) are fitted once on all rows of
    the search and shared by its folds, as long as time does not order the rows: they cannot tell a
    model about labels. Of recipes that do look at it their other steps are; those that look are
    fitted on the training rows alone, once for all configurations that want them.

    Parameters
    ----------
    fold
        Whose training rows these are; None: of no fold, so that nothing is kept.
    """
    from automl_tasks.features import looks_at_target

    searched = table.searched
    shared = (
        not looks_at_target(recipe, table.plan.roles)
        and table.plan.problem.split != "time"
        and not table.plan.problem.steps
        and len(rows) < len(searched)
        and len(searched) * len(table.plan.roles) <= _MOST_CELLS
        and np.isin(rows, searched).all()
    )
    if not shared:
        return _of_fold(table, recipe, rows, y, fold)
    if recipe not in table.prepared:
        pipeline = _pipeline(table, recipe)
        rows_of_all = table.frame.iloc[searched]
        known = table.blind.texts(recipe) if table.blind else None
        features = pipeline.fit_transform(rows_of_all, table.y[searched], known)
        position = np.full(len(table.frame), -1)
        position[searched] = np.arange(len(searched))
        _keep(table, recipe, Prepared(pipeline, features, position))
    return _kept(table, recipe)


def _of_fold(table: Table, recipe: Any, rows: Rows, y: NDArray[Any], fold: int | None) -> Prepared:
    if fold is not None and (recipe, fold) in table.prepared:
        return _kept(table, (recipe, fold))
    pipeline = _pipeline(table, recipe)
    # A fallback on few rows has no time for the texts of all.
    known = table.blind.all(recipe) if table.blind and fold is not None else None
    prepared = Prepared(pipeline, pipeline.fit_transform(table.frame.iloc[rows], y, known), None)
    if fold is not None:
        folds = [key for key in table.prepared if isinstance(key, tuple)]
        if len(folds) >= _MOST_KEPT:
            del table.prepared[folds[0]]
        _keep(table, (recipe, fold), prepared)
    return prepared


def _kept(table: Table, key: Any) -> Prepared:
    """Features from before, which now count as the newest."""
    prepared: Prepared = table.prepared.pop(key)
    table.prepared[key] = prepared
    return prepared


def _keep(table: Table, key: Any, prepared: Prepared) -> None:
    """Keep features for later trials, and forget the longest unused where all are too large."""
    table.prepared[key] = prepared
    sizes = {
        each: int(one.of_training.memory_usage().sum()) for each, one in table.prepared.items()
    }
    for oldest in list(sizes)[:-1]:
        if sum(sizes.values()) <= _MOST_BYTES:
            break
        del table.prepared[oldest], sizes[oldest]


def _pipeline(table: Table, recipe: Any) -> FeaturePipeline:
    from automl_tasks.features import FeaturePipeline

    return FeaturePipeline(recipe, table.plan.roles, table.plan.problem.steps)
