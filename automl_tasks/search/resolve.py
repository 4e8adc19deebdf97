"""From a problem file and a table to a problem in which nothing is left to a default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from automl_tasks.errors import DataError, ProblemError, within
from automl_tasks.nearest import did_you_mean
from automl_tasks.problem import Metric, Problem, Task
from automl_tasks.search.fairness import resolve_fairness
from automl_tasks.search.metrics import check_exists, check_metric, default_metric
from automl_tasks.search.named_classes import check_classes
from automl_tasks.search.neighbours import likeness
from automl_tasks.search.weights import row_weights

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
    if metric is not None:
        check_exists(metric, where=problem.name)
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
        "time": (problem.time,),
        "group": (problem.group,),
        "weight": (problem.weight,),
        "id": problem.id,
    }.items():
        for column in columns:
            if column is not None and column not in present:
                raise ProblemError(
                    f"{key!r} names column {column!r}, which the data do not have",
                    where=problem.name,
                    remedy=did_you_mean(column, present, "Columns"),
                )


def resolve(problem: Problem, frame: pd.DataFrame) -> tuple[Problem, list[str]]:
    """The problem with task, metric and split filled in, and a sentence on each inference.

    The columns of groups and weights are added to those that are no features.

    Raises
    ------
    DataError
        When the target is nothing that can be predicted, or a weight is none.
    ProblemError
        When metric, costs, split or gap do not suit the task or each other.
    """
    from automl_tasks.features import infer_task

    notes = []
    task = problem.task
    if task is None:
        with within(problem.name):
            task = infer_task(frame[problem.target])
        notes.append(f"task {task}: inferred from the values of {problem.target!r}")
    metric = problem.metric
    if metric is None:
        metric, why = _default(problem, task)
        notes.append(f"metric {metric}: {why}")
    check_metric(metric, task, where=problem.name)
    check_classes(problem, frame[problem.target], task)
    row_weights(frame, problem)
    split = problem.split
    if split == "auto":
        split, why = _split(problem, frame[problem.target], task)
        notes.append(f"split {split}: {why}")
    _check_gap(problem, split)
    problem = resolve_fairness(problem, task)
    unused = [each for each in (problem.group, problem.weight) if each is not None]
    ignore = tuple(dict.fromkeys([*problem.ignore, *unused]))
    found = {"task": task, "metric": metric, "split": split, "ignore": ignore}
    return problem.model_copy(update=found), notes


def _split(
    problem: Problem, labels: pd.Series, task: Task
) -> tuple[Literal["time", "blocks", "random"], str]:
    """How rows are divided where the problem does not say, and why."""
    if problem.time:
        return "time", f"ordered by {problem.time!r}"
    alike = likeness(labels.dropna().to_numpy(), classes=task != "regression")
    if problem.group is not None or not alike:
        return "random", "no time column is named"
    return "blocks", (
        f"rows next to each other have like targets ({alike:.2f} of 1), so that neighbours would "
        "tell folds of single rows the answer; if the rows are in the order of their time, name "
        "its column as 'time'"
    )


def _default(problem: Problem, task: Task) -> tuple[Metric, str]:
    if problem.costs and task != "regression":
        return "cost", "costs are given"
    if problem.quantile != 0.5 and task == "regression":
        return "pinball", f"the quantile {problem.quantile:g} is asked for"
    return default_metric(task), f"the default of {task}"


def _check_gap(problem: Problem, split: str) -> None:
    asked = bool(problem.gap_rows or problem.gap_hours)
    if asked and split != "time":
        raise ProblemError(
            "a gap has no meaning when rows are split at random",
            where=problem.name,
            remedy="Name the 'time' column, set split: time, or leave the gap out",
        )
    if problem.gap_hours and problem.time is None:
        raise ProblemError(
            "'gap_hours' needs a time column",
            where=problem.name,
            remedy="Name it as 'time', or give 'gap_rows'",
        )
