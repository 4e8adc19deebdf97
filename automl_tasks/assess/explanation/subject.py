"""What is explained: a run's saved model, the rows that no trial has seen, and its answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.search.measure import Labelling, Measure
from automl_tasks.serve.labels import decide, decision_of_rows
from automl_tasks.store import Store

if TYPE_CHECKING:
    from automl_tasks.search import Candidate, Plan, SavedCandidate

__all__ = ["Columns", "Subject", "columns_read", "load_subject"]

_DEVELOP_ROWS = 20_000  # that tell of a column's values

Array = NDArray[Any]
Columns = dict[str, Array]


@dataclass(frozen=True)
class Subject:
    """A model with rows to explain it on.

    Attributes
    ----------
    folder
        Of the candidate.
    model
        The candidate's saved files.
    columns, develop
        Raw columns as `read_columns` gives them: of the holdout, and of at most 20,000
        development rows; both in an order of chance, so that their first rows are a sample.
    y, weight
        (n,) labels as codes or values, and weights, of these holdout rows.
    answers
        (n, k) what the model says of them.
    measure
        The run's metric, under the candidate's decision.
    of_group
        (n, 2) what probabilities are weighted with where labels are judged that a decision by
        group makes; shuffling the column of the groups leaves them as they are. None elsewhere.
    """

    plan: Plan
    candidate: Candidate
    folder: Path
    model: SavedCandidate
    columns: Columns
    develop: Columns
    y: Array
    weight: NDArray[np.float64] | None
    answers: Array
    measure: Measure
    of_group: Array | None = None

    @property
    def rows(self) -> int:
        """Of the holdout."""
        return len(self.y)

    @property
    def classes(self) -> list[str]:
        """Labels as text; none for regression."""
        return list(self.plan.classes or ())

    def predict(self, columns: Columns) -> Array:
        """(n, k) answers for rows given by columns."""
        answer = np.asarray(self.model.predict(pd.DataFrame(columns, copy=False)))
        return answer.reshape(len(answer), -1)

    def first(self, rows: int) -> Columns:
        """Columns of the first rows."""
        return {name: values[:rows] for name, values in self.columns.items()}

    def loss(self, answers: Array, rows: Array | slice) -> float:
        """Loss of answers for some of the holdout rows."""
        from automl_tasks.search.metrics import loss

        given = answers if self.classes else answers[:, 0]
        if self.of_group is not None:
            decision = {"weights": self.of_group[rows], "costs": None}
            given = np.eye(len(self.classes))[decide(given, decision)]
        weight = None if self.weight is None else self.weight[rows]
        return loss(self.measure, self.y[rows], given, weight)


def columns_read(steps: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Raw columns that a pipeline reads, and how: ``number``, ``moment`` or ``text``.

    Its first step says so; a later ``read`` types what owners' steps have made.
    """
    first = steps[0]
    if first["kind"] != "read":
        raise ValueError(f"a pipeline begins with {first['kind']!r} in place of 'read'")
    return dict(first["columns"])


def load_subject(store: Store, plan: Plan, candidate: Candidate, threads: int) -> Subject:
    """Read model and rows of a run with a candidate."""
    from automl_tasks.ingest import load_snapshot
    from automl_tasks.search import SavedCandidate, holdout_prediction, load_labels
    from automl_tasks.search.metrics import METRICS, measure_of
    from automl_tasks.serve.background import read_columns

    name, labels = plan.problem.name, load_labels(store, plan)
    folder = store.path(f"{name}/runs/{plan.run}/candidate")
    kinds: dict[str, str] = {}
    for member in candidate.members:
        kinds |= columns_read(
            json.loads((folder / "members" / member.name / "pipeline.json").read_text())
        )
    read = [*kinds, *(each for each in plan.problem.protected if each not in kinds)]
    frame = load_snapshot(store, name, plan.snapshot).read(read)
    random = np.random.default_rng(plan.problem.seed)
    order = random.permutation(len(labels.holdout))
    holdout = labels.holdout[order]
    develop = random.permutation(labels.develop)[:_DEVELOP_ROWS]
    answers = holdout_prediction(store, plan)[order]
    by_group = candidate.group_decision if METRICS[plan.metric].needs == "labels" else None
    decision = Labelling() if by_group else candidate.labelling
    return Subject(
        plan=plan,
        candidate=candidate,
        folder=folder,
        model=SavedCandidate(folder, candidate, threads=threads),
        columns=read_columns(frame.iloc[holdout], kinds),
        develop=read_columns(frame.iloc[develop], kinds),
        y=labels.y[holdout],
        weight=labels.weight_of(holdout),
        answers=answers.reshape(len(answers), -1),
        measure=measure_of(plan.problem, plan.classes).decided(decision),
        of_group=decision_of_rows(by_group, frame.iloc[holdout])["weights"] if by_group else None,
    )
