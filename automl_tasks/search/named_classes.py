"""Check the classes that an owner names against those that the data have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.errors import ProblemError, within
from automl_tasks.nearest import did_you_mean
from automl_tasks.problem import Problem, Task

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_classes"]


def check_classes(problem: Problem, target: pd.Series, task: Task) -> None:
    """Refuse unknown classes in ``positive`` and ``costs``, and a mistake without a cost.

    Raises
    ------
    ProblemError
        Naming the class, or the pair of classes.
    """
    key = "costs" if problem.costs else "positive"
    if not problem.costs and problem.positive is None:
        return
    if task == "regression" or (problem.positive is not None and task != "binary"):
        raise ProblemError(
            f"{key!r} does not suit the task {task}", where=problem.name, remedy="Leave it out"
        )
    with within(problem.name):
        classes = _classes(target, task)
    pairs = [name for true, row in problem.costs.items() for name in (true, *row)]
    _check_known("costs", pairs, classes, problem)
    _check_known("positive", [problem.positive or classes[0]], classes, problem)
    for true in classes if problem.costs else ():
        for label in classes:
            if true != label and label not in problem.costs.get(true, {}):
                raise ProblemError(
                    f"'costs' does not say what it costs to take {true!r} for {label!r}",
                    where=problem.name,
                    remedy=f"Add it: costs: {{{true}: {{{label}: …}}}}",
                )


def _check_known(key: str, names: list[str], classes: list[str], problem: Problem) -> None:
    for name in dict.fromkeys(names):
        if name not in classes:
            hint = did_you_mean(name, classes, "Classes")
            raise ProblemError(
                f"{key!r} names class {name!r}, which {problem.target!r} does not have",
                where=problem.name,
                remedy=f"{hint} (YAML reads yes and no as True and False, unless in quotes)"
                if name in ("True", "False")
                else hint,
            )


def _classes(target: pd.Series, task: Task) -> list[str]:
    from automl_tasks.features import TargetCodec, usable_rows

    usable, _ = usable_rows(target, task)
    return TargetCodec.fit(target[usable], task).classes or []
