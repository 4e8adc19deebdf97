"""Check an owner's costs against the classes that the data have."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem, Task

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_costs"]


def check_costs(problem: Problem, target: pd.Series, task: Task) -> None:
    """Refuse costs that name unknown classes, or leave a mistake without a cost.

    Raises
    ------
    ProblemError
        Naming the class, or the pair of classes.
    """
    if not problem.costs:
        return
    if task == "regression":
        raise ProblemError(
            "'costs' are of classes, and the task is regression",
            where=problem.name,
            remedy="Leave 'costs' out, or set task: binary or multiclass",
        )
    classes = _classes(target, task)
    named = [*problem.costs, *(each for row in problem.costs.values() for each in row)]
    for name in dict.fromkeys(named):
        if name not in classes:
            near = difflib.get_close_matches(name, classes, n=1)
            raise ProblemError(
                f"'costs' names class {name!r}, which {problem.target!r} does not have",
                where=problem.name,
                remedy=f"Did you mean {near[0]!r}? (YAML reads yes and no as True and False)"
                if near
                else f"Classes: {', '.join(classes[:20])}",
            )
    for true in classes:
        for label in classes:
            if true != label and label not in problem.costs.get(true, {}):
                raise ProblemError(
                    f"'costs' does not say what it costs to take {true!r} for {label!r}",
                    where=problem.name,
                    remedy=f"Add it: costs: {{{true}: {{{label}: …}}}}",
                )


def _classes(target: pd.Series, task: Task) -> list[str]:
    from automl_tasks.features import TargetCodec, usable_rows

    usable, _ = usable_rows(target, task)
    return TargetCodec.fit(target[usable], task).classes or []
