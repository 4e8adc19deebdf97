"""The rows of one run, as a child process holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.search.ledger import Ledger
from automl_tasks.search.plan import Plan, load_plan, run_key
from automl_tasks.search.split import Split, split_rows
from automl_tasks.store import Store

__all__ = ["Table", "load_table"]


@dataclass(frozen=True)
class Table:
    """A planned run with its rows.

    Attributes
    ----------
    frame
        All rows and columns of the snapshot but the target, in source order.
    y
        (rows,) values or class codes; meaningless in rows outside of the split.
    """

    plan: Plan
    frame: pd.DataFrame
    y: NDArray[Any]
    split: Split
    ledger: Ledger

    @property
    def classes(self) -> int:
        return len(self.plan.classes or ())


def load_table(store: Store, name: str, run: str) -> Table:
    """Read a run's snapshot and divide it as planned."""
    from automl_tasks.features import TargetCodec
    from automl_tasks.ingest import load_snapshot

    plan = load_plan(store, name, run)
    frame = load_snapshot(store, name, plan.snapshot).read()
    split = split_rows(plan, frame)
    used = np.concatenate([split.develop, split.holdout])
    codec = TargetCodec.from_state(plan.target)
    codes = codec.encode(frame[plan.problem.target].iloc[used])
    y = np.zeros(len(frame), dtype=codes.dtype)
    y[used] = codes
    features = frame.drop(columns=plan.problem.target)
    return Table(plan, features, y, split, Ledger(store, run_key(name, run)))
