"""The rows of one run, as a child process holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.search.labels import Labels
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.plan import Plan, load_labels, load_plan, run_key
from automl_tasks.search.split import Split, split_rows
from automl_tasks.store import Store

if TYPE_CHECKING:
    from automl_tasks.features import BlindSteps

__all__ = ["Table", "load_table"]


@dataclass(frozen=True)
class Table:
    """A planned run with its rows.

    Attributes
    ----------
    frame
        All rows and columns of the snapshot but the target, in source order.
    prepared
        Features by recipe, or by recipe and fold, kept from trial to trial.
    """

    plan: Plan
    frame: pd.DataFrame
    labels: Labels
    split: Split
    ledger: Ledger
    prepared: dict[Any, Any] = field(default_factory=dict)

    @property
    def y(self) -> NDArray[Any]:
        return self.labels.y

    @cached_property
    def searched(self) -> NDArray[np.int64]:
        """Positions of the rows that the folds cover."""
        return np.unique(np.concatenate([part for fold in self.split.folds for part in fold]))

    @cached_property
    def blind(self) -> BlindSteps | None:
        """Steps of the rows that the folds cover; None where time or an owner forbids that."""
        from automl_tasks.features import BlindSteps

        if self.plan.problem.split == "time" or self.plan.problem.steps:
            return None
        return BlindSteps(self.frame, self.plan.roles, self.searched)

    @property
    def classes(self) -> int:
        return len(self.plan.classes or ())


def load_table(store: Store, name: str, run: str) -> Table:
    """Read a run's snapshot and divide it as planned."""
    from automl_tasks.ingest import load_snapshot

    plan = load_plan(store, name, run)
    frame = load_snapshot(store, name, plan.snapshot).read()
    labels = load_labels(store, plan)
    split = split_rows(plan, frame, labels)
    features = frame.drop(columns=plan.problem.target)
    return Table(plan, features, labels, split, Ledger(store, run_key(name, run)))
