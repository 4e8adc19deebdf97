"""What a search will do: everything that it needs to know, and nothing left to a default."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem, Role, Task
from automl_tasks.search.configurations import Configuration, Terms
from automl_tasks.search.labels import Labels
from automl_tasks.search.measure import Measure
from automl_tasks.search.metrics import measure_of
from automl_tasks.search.resolve import task_of
from automl_tasks.store import Store

__all__ = ["Plan", "labels_key", "load_labels", "load_plan", "run_key"]


class Plan(BaseModel):
    """One search, resolved: nothing in it is left to a default.

    Attributes
    ----------
    target
        ``TargetCodec.state()``: how labels become codes.
    groups
        Of each protected column, as ``find_groups`` gives them.
    folds
        Number of folds; `split_rows` gives their rows.
    search_rows
        Development rows that the trials see; None: all of them.
    lanes
        Folds that a worker fits beside each other, each with `threads` threads.
    trials
        Configurations that are tried at most; None: as many as the time allows.
    search_seconds
        Part of `budget_seconds` that trials may use at most.
    terms
        What further configurations would have in common with the planned ones.
    leading
        Of the `configurations`, that come first whatever was recorded elsewhere.
    fingerprint, metafeatures
        Of the table, to find recorded results on tables like it.
    window_rows
        Only the newest so many labelled rows are used; None: all.
    replays
        Run whose folds are fitted again as they were; None: this run decides by itself.
    """

    run: str
    snapshot: str
    problem: Problem
    target: dict[str, Any]
    classes: list[str] | None
    roles: dict[str, Role]
    labelled_rows: int
    develop_rows: int
    holdout_rows: int
    search_rows: int | None
    folds: int
    workers: int
    lanes: int
    threads: int
    trials: int | None
    memory_gb: float
    budget_seconds: float
    search_seconds: float
    reason: str
    window_rows: int | None
    terms: Terms
    configurations: list[Configuration]
    leading: int = 2
    groups: list[dict[str, Any]] = []
    fingerprint: str
    metafeatures: dict[str, float]
    notes: list[str]
    replays: str | None = None

    @property
    def task(self) -> Task:
        return task_of(self.problem)

    @property
    def measure(self) -> Measure:
        """The metric with what the problem says of it."""
        return measure_of(self.problem, self.classes)

    @property
    def bagged(self) -> bool:
        """Whether the fold models of a complete trial are averaged in place of one refit.

        In time order the older folds never saw the newest rows, so a refit replaces them.
        """
        return self.problem.split != "time"

    @property
    def limited(self) -> bool:
        """Whether the problem limits latency or size, so that a smaller model may be needed."""
        limits = self.problem.constraints
        return limits.latency_ms_per_row is not None or limits.size_mb is not None

    @property
    def fold_order(self) -> list[int]:
        """Folds, the most telling first: by time the newest."""
        order = range(self.folds)
        return list(reversed(order)) if self.problem.split == "time" else list(order)

    @property
    def searched_rows(self) -> int:
        """Rows that the trials see."""
        return self.search_rows or self.develop_rows

    @property
    def fold_rows(self) -> int:
        """Training rows of a fold of a random split."""
        return self.searched_rows * (self.folds - 1) // self.folds

    @property
    def metric(self) -> str:
        return str(self.problem.metric)


def run_key(name: str, run: str) -> str:
    """Where a run lives in the store."""
    return f"{name}/runs/{run}"


def labels_key(name: str, run: str) -> str:
    """Where a run's ``Labels`` are."""
    return f"{run_key(name, run)}/labels.npz"


def load_labels(store: Store, plan: Plan) -> Labels:
    """Labels, weights and division of a planned run's rows."""
    return Labels.read(store.path(labels_key(plan.problem.name, plan.run)))


def load_plan(store: Store, name: str, run: str) -> Plan:
    """The plan of a run.

    Raises
    ------
    ProblemError
        When no such run was planned.
    """
    key = f"{run_key(name, run)}/plan.json"
    if not store.exists(key):
        raise ProblemError(
            f"run {run!r} of {name!r} was never planned",
            where=str(store.path(key)),
            remedy=f"Known runs: {', '.join(store.list(f'{name}/runs')) or 'none'}",
        )
    return Plan.model_validate(store.read_json(key))
