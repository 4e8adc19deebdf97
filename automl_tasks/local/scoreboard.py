"""Was retraining worth it? Scores on the played batches: as served, never retrained, naive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from automl_tasks.assess.constant import Constant
from automl_tasks.deliver import load_version, registry
from automl_tasks.deliver.evidence import as_judged
from automl_tasks.features import TargetCodec
from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor import known_rows, served_predictions
from automl_tasks.search import load_labels, load_plan
from automl_tasks.search.measure import Labelling
from automl_tasks.search.metrics import score
from automl_tasks.search.weights import stated_weights

if TYPE_CHECKING:
    from automl_tasks.problem import Problem
    from automl_tasks.store import Store

__all__ = ["BatchScore", "Scoreboard"]


@dataclass(frozen=True)
class BatchScore:
    """Scores of some arrived rows, in the problem's metric, each predictor by its own labels.

    Attributes
    ----------
    served
        Of the predictions that were logged when the rows arrived.
    never_retrained
        Of the first champion's predictions of the same rows.
    naive
        Of the constant that suits the metric, by the rows that the first champion learned on.
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
        self._said = _said(self._codec)
        labels = load_labels(store, self._plan)
        learned = labels.y[labels.develop], labels.weight_of(labels.develop)
        self._constant = Constant(*learned, len(self._codec.classes or ()))
        self._measure = self._plan.measure.decided(Labelling())
        with registry():
            model = load_version(f"models:/{problem.name}/{first_version}")
            self._first = model.predict(frame.loc[:, frame.columns != problem.target])
        self._first.index = pd.Index(frame["row_id"])

    def of(self, name: str, snapshots: list[str]) -> BatchScore:
        """Score the rows that arrived with these snapshots."""
        rows = self._rows[self._rows["batch"].isin(snapshots)]
        truth = self._codec.encode(rows[self._plan.problem.target])
        weight = stated_weights(rows, self._plan.problem)
        served = rows[[_served_name(each, rows) for each in self._said]]
        first = self._first.loc[rows["row_id"], self._said]
        as_served, unchanged = (
            score(self._measure, truth, as_judged(answer, self._plan), weight)
            for answer in (served.set_axis(self._said, axis="columns"), first)
        )
        naive = self._constant.score(self._measure, truth, weight)
        return BatchScore(name, len(rows), as_served, unchanged, naive)


def _said(codec: TargetCodec) -> list[str]:
    return ["prediction", *(f"probability_{name}" for name in codec.classes or ())]


def _served_name(column: str, rows: pd.DataFrame) -> str:
    """A table may have a column called `prediction` itself."""
    return f"{column} served" if f"{column} served" in rows else column
