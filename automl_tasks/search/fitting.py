"""Fit one configuration on given rows: preprocessing and model."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.prepared import Prepared, prepare
from automl_tasks.search.table import Table

if TYPE_CHECKING:
    from automl_tasks.features import FeaturePipeline
    from automl_tasks.models import Fitted, Pace

__all__ = ["Fit", "fit_rows", "spread"]

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Fit:
    """A fitted model with its preprocessing.

    Attributes
    ----------
    fitted
        None when training had one class only.
    present
        Class codes that training had, in order: the model's own classes.
    classes
        Of the problem; 0 for regression.
    """

    prepared: Prepared
    fitted: Fitted | None
    present: NDArray[np.int64]
    classes: int

    @property
    def pipeline(self) -> FeaturePipeline:
        return self.prepared.pipeline

    def predict(self, table: Table, rows: Rows) -> NDArray[Any]:
        """(n,) values or (n, classes) probabilities; 0 for classes that training did not have."""
        raw = np.ones((len(rows), 1))
        if self.fitted is not None:
            raw = self.fitted.predict(self.prepared.features(table, rows))
        return spread(raw, self.present, self.classes)


def spread(raw: NDArray[Any], present: NDArray[np.int64], classes: int) -> NDArray[Any]:
    """Probabilities of all `classes` from those of the classes that training had."""
    if len(present) == classes:
        return raw
    full = np.zeros((len(raw), classes))
    full[:, present] = raw
    return full


def fit_rows(
    table: Table,
    configuration: Configuration,
    rows: Rows,
    *,
    valid: Rows | None,
    seconds: float,
    iterations: int | None = None,
    fold: int | None = None,
    pace: Pace | None = None,
) -> Fit:
    """Fit preprocessing and model.

    Parameters
    ----------
    rows
        Training rows.
    valid
        Rows for early stopping, not among `rows`; None: a fixed number of rounds.
    seconds
        For preprocessing and model; boosting stops with what it has by then.
    iterations
        Rounds to train exactly; needs `valid` to be None.
    fold
        Whose training rows these are, so that their features are computed once; None: of none.
    pace
        Of an earlier training that is repeated: `seconds` then decide nothing.

    Notes
    -----
    A fold's own validation rows end the boosting, so its out-of-fold loss is a little too good; all
    boosted families gain alike, training keeps all its rows, and the number of rounds becomes more
    certain. What is reported and promoted on is the holdout, which no model saw.
    """
    from automl_tasks.models import FAMILIES

    plan, start = table.plan, time.monotonic()
    y, present = _own_codes(table, rows)
    family = FAMILIES[configuration.family]
    prepared = prepare(table, family.recipe_of(configuration.params), rows, y, fold)
    if table.classes and len(present) == 1:
        return Fit(prepared, None, present, table.classes)
    X = prepared.training(table, rows)
    stopping, valid_weight = None, None
    if valid is not None and family.stops_early:
        valid = valid[np.isin(table.y[valid], present)] if table.classes else valid
        codes = np.searchsorted(present, table.y[valid]) if table.classes else table.y[valid]
        if len(valid):
            stopping = (prepared.features(table, valid), codes)
            valid_weight = table.labels.training_weight_of(valid)
    rounds = {} if iterations is None else {"iterations": iterations}
    fitted = family.fit(
        X,
        y,
        task=plan.task,
        params={**configuration.params, **rounds},
        classes=len(present),
        valid=stopping,
        threads=plan.threads,
        seed=plan.problem.seed,
        seconds=max(0.05, seconds - (time.monotonic() - start)),
        quantile=plan.measure.predicted_quantile,
        weight=table.labels.training_weight_of(rows),
        valid_weight=valid_weight,
        pace=pace,
    )
    return Fit(prepared, fitted, present, table.classes)


def _own_codes(table: Table, rows: Rows) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Labels of the rows as the model numbers them, and the class codes behind the numbers."""
    y = table.y[rows]
    if not table.classes:
        return y, np.empty(0, dtype=np.int64)
    present, codes = np.unique(y, return_inverse=True)
    return codes.astype(np.int64), present
