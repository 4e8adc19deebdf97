"""Was retraining worth it? Scores on the played batches: as served, never retrained, naive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from automl_tasks.deliver import load_version, registry
from automl_tasks.features import TargetCodec
from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor import known_rows, served_predictions
from automl_tasks.search import load_plan
from automl_tasks.search.metrics import score

if TYPE_CHECKING:
    from automl_tasks.problem import Problem
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["BatchScore", "Scoreboard"]


@dataclass(frozen=True)
class BatchScore:
    """Scores of some arrived rows, in the problem's metric.

    Attributes
    ----------
    served
        Of the predictions that were logged when the rows arrived.
    never_retrained
        Of the first champion's predictions of the same rows.
    naive
        Of a constant: the mean, or the shares of the classes, that the first champion learned on.
    """

    name: str
    rows: int
    served: float
    never_retrained: float
    naive: float


class Scoreboard:
    """Compares on the rows of some batches.

    Parameters
    ----------
    problem, store
        The played problem and its store.
    first_version, first_run
        The first champion's version, and the search that it came from.
    snapshot
        The newest snapshot; it holds all rows that have arrived.
    """

    def __init__(
        self, problem: Problem, store: Store, *, first_version: int, first_run: str, snapshot: str
    ) -> None:
        self._plan = load_plan(store, problem.name, first_run)
        self.metric = self._plan.metric
        self._codec = TargetCodec.from_state(self._plan.target)
        frame = load_snapshot(store, problem.name, snapshot).read()
        frame["row_id"] = known_rows(frame, problem)
        served = served_predictions(store, problem.name)
        self._rows = frame.merge(served, on="row_id", suffixes=("", " served"))
        self._prediction_columns = _prediction_columns(self._codec)
        self._prior = _prior(store, self._plan, self._codec)
        with registry():
            model = load_version(f"models:/{problem.name}/{first_version}")
            self._first = model.predict(frame.loc[:, frame.columns != problem.target])
        self._first.index = pd.Index(frame["row_id"])

    def of(self, name: str, snapshots: list[str]) -> BatchScore:
        """Score the rows that arrived with these snapshots."""
        rows = self._rows[self._rows["batch"].isin(snapshots)]
        truth = self._codec.encode(rows[self._plan.problem.target])
        served = rows[[_served_name(each, rows) for each in self._prediction_columns]]
        first = self._first.loc[rows["row_id"], self._prediction_columns]
        naive = np.tile(self._prior, (len(rows), 1))
        return BatchScore(name, len(rows), *(self._score(truth, p) for p in (served, first, naive)))

    def _score(self, truth: np.ndarray, prediction: pd.DataFrame | np.ndarray) -> float:
        values = np.asarray(prediction, dtype=float)
        values = values[:, 0] if self._codec.classes is None else values
        return score(self.metric, truth, values)


def _prediction_columns(codec: TargetCodec) -> list[str]:
    return [f"probability_{name}" for name in codec.classes or ()] or ["prediction"]


def _served_name(column: str, rows: pd.DataFrame) -> str:
    """A table may have a column called `prediction` itself."""
    return f"{column} served" if f"{column} served" in rows else column


def _prior(store: Store, plan: Plan, codec: TargetCodec) -> np.ndarray:
    target = load_snapshot(store, plan.problem.name, plan.snapshot).read()[plan.problem.target]
    values = codec.encode(target.dropna())
    if codec.classes is None:
        return np.array([values.mean()])
    return np.bincount(values, minlength=len(codec.classes)) / len(values)
