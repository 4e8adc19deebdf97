"""The problem files that Airflow sees, sound and unsound ones apart."""

from __future__ import annotations

from airflow.sdk import get_parsing_context

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem, load_problem
from automl_tasks.settings import problem_files

__all__ = ["load_problems", "problems_to_parse"]


def load_problems() -> tuple[list[Problem], list[ProblemError]]:
    """Read every problem file; one that is wrong does not hide the others."""
    problems, errors = [], []
    for path in problem_files().values():
        try:
            problems.append(load_problem(path))
        except ProblemError as error:
            errors.append(error)
    return problems, errors


def problems_to_parse() -> list[Problem]:
    """Problems whose DAGs are wanted now: all, or that of the task which is about to run.

    Without this a task's start would read every problem file.
    """
    wanted = get_parsing_context().dag_id
    if wanted is None:
        return load_problems()[0]
    path = problem_files().get(wanted.partition(".")[0])
    return [load_problem(path)] if path else []
