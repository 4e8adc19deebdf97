"""Fit one configuration on given rows: preprocessing and model, both on those rows only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.table import Table

if TYPE_CHECKING:
    from automl_tasks.features import FeaturePipeline
    from automl_tasks.models import Fitted

__all__ = ["Fit", "fit_rows", "hold_back"]

Rows = NDArray[np.int64]

_HELD_BACK = 0.1
_MOST_HELD_BACK = 10_000
_FEWEST_ROWS = 60
_NEVER_STOP_EARLY = {"linear", "random_forest", "extra_trees"}


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

    pipeline: FeaturePipeline
    fitted: Fitted | None
    present: NDArray[np.int64]
    classes: int

    def predict(self, table: Table, rows: Rows) -> NDArray[Any]:
        """(n,) values or (n, classes) probabilities; 0 for classes that training did not have."""
        raw = np.ones((len(rows), 1))
        if self.fitted is not None:
            raw = self.fitted.predict(self.pipeline.transform(table.frame.iloc[rows]))
        if len(self.present) == self.classes:
            return raw
        spread = np.zeros((len(rows), self.classes))
        spread[:, self.present] = raw
        return spread


def fit_rows(
    table: Table,
    configuration: Configuration,
    rows: Rows,
    *,
    valid: Rows | None,
    seconds: float,
    iterations: int | None = None,
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
    """
    from automl_tasks.features import FeaturePipeline
    from automl_tasks.models import FAMILIES

    plan, start = table.plan, time.monotonic()
    y, present = _own_codes(table, rows)
    family = FAMILIES[configuration.family]
    pipeline = FeaturePipeline(family.recipe, plan.roles, plan.problem.steps)
    X = pipeline.fit(table.frame.iloc[rows], y).transform(table.frame.iloc[rows])
    if table.classes and len(present) == 1:
        return Fit(pipeline, None, present, table.classes)
    stopping = None
    if valid is not None:
        valid = valid[np.isin(table.y[valid], present)] if table.classes else valid
        codes = np.searchsorted(present, table.y[valid]) if table.classes else table.y[valid]
        stopping = (pipeline.transform(table.frame.iloc[valid]), codes)
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
    )
    return Fit(pipeline, fitted, present, table.classes)


def hold_back(table: Table, family: str, rows: Rows) -> tuple[Rows, Rows | None]:
    """Carve the early-stopping rows out of a fold's training rows.

    Stopping on the fold's own validation rows would flatter its out-of-fold score. By time the
    newest rows are held back, else a random share, stratified by class. Families that boost
    nothing keep all rows.
    """
    if len(rows) < _FEWEST_ROWS or family in _NEVER_STOP_EARLY:
        return rows, None
    count = min(_MOST_HELD_BACK, round(_HELD_BACK * len(rows)))
    if table.plan.problem.split == "time":
        return rows[:-count], rows[-count:]
    shuffled = np.random.default_rng(table.plan.problem.seed).permutation(rows)
    if table.classes:
        shuffled = shuffled[np.argsort(table.y[shuffled], kind="stable")]
    chosen = shuffled[np.linspace(0, len(rows) - 1, count).round().astype(np.int64)]
    return rows[~np.isin(rows, chosen)], np.sort(chosen)


def _own_codes(table: Table, rows: Rows) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Labels of the rows as the model numbers them, and the class codes behind the numbers."""
    y = table.y[rows]
    if not table.classes:
        return y, np.empty(0, dtype=np.int64)
    present, codes = np.unique(y, return_inverse=True)
    return codes.astype(np.int64), present
