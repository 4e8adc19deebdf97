"""From a problem file and a table to a problem in which nothing is left to a default."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.problem import Problem, Task
from automl_tasks.search.metrics import METRICS, check_metric, default_metric

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_columns", "resolve", "task_of", "with_arguments"]


def with_arguments(problem: Problem, minutes: float | None, metric: str | None) -> Problem:
    """The problem with a run's own budget and metric.

    Raises
    ------
    ProblemError
        When there is no such metric, or no such budget.
    """
    if metric is not None and metric not in METRICS:
        raise ProblemError(
            f"there is no metric {metric!r}",
            where=problem.name,
            remedy=f"Choose one of {', '.join(METRICS)}",
        )
    if minutes is not None and not 0 < minutes <= 1440:
        raise ProblemError(
            f"a budget of {minutes} minutes is not possible",
            where=problem.name,
            remedy="Give more than 0 and at most 1440 minutes",
        )
    budget = problem.budget.model_copy(update={"minutes": minutes or problem.budget.minutes})
    return problem.model_copy(update={"metric": metric or problem.metric, "budget": budget})


def task_of(problem: Problem) -> Task:
    """Task of a resolved problem."""
    if problem.task is None:
        raise ValueError(f"problem {problem.name!r} is not resolved")
    return problem.task


def check_columns(frame: pd.DataFrame, problem: Problem) -> None:
    """Refuse a table without rows, or without a column that orders, names or labels them.

    Raises
    ------
    DataError, ProblemError
        Naming the key, the column and the nearest one that exists.
    """
    if len(frame) == 0:
        raise DataError("the table has no rows", where=problem.name, remedy="Check the source")
    present = [str(column) for column in frame.columns]
    for key, columns in {
        "target": (problem.target,),
        "time": (problem.time,) if problem.time else (),
        "id": problem.id,
    }.items():
        for column in columns:
            if column not in present:
                near = difflib.get_close_matches(column, present, n=1)
                raise ProblemError(
                    f"{key!r} names column {column!r}, which the data do not have",
                    where=problem.name,
                    remedy=f"Did you mean {near[0]!r}?"
                    if near
                    else f"Columns: {', '.join(present[:20])}",
                )


def resolve(problem: Problem, frame: pd.DataFrame) -> tuple[Problem, list[str]]:
    """The problem with task, metric and split filled in, and a sentence on each inference.

    Raises
    ------
    DataError
        When the target is nothing that can be predicted.
    ProblemError
        When the metric does not suit the task.
    """
    from automl_tasks.features import infer_task

    notes = []
    task = problem.task
    if task is None:
        task = infer_task(frame[problem.target])
        notes.append(f"task {task}: inferred from the values of {problem.target!r}")
    metric = problem.metric
    if metric is None:
        metric = default_metric(task)
        notes.append(f"metric {metric}: the default of {task}")
    check_metric(metric, task, where=problem.name)
    split = problem.split
    if split == "auto":
        split = "time" if problem.time else "random"
        why = f"ordered by {problem.time!r}" if problem.time else "no time column is named"
        notes.append(f"split {split}: {why}")
    return problem.model_copy(update={"task": task, "metric": metric, "split": split}), notes
