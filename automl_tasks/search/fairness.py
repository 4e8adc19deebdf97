"""What a search does about the protected columns: their groups, and rows reweighted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import ProblemError
from automl_tasks.problem import FairnessMeasure, Problem, Task
from automl_tasks.search.group_thresholds import GroupRows, find_thresholds
from automl_tasks.search.measure import Labelling

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.search.selection import OutOfFoldMean

__all__ = [
    "balanced_weights",
    "compared_groups",
    "group_decision",
    "protected_groups",
    "resolve_fairness",
]

_OF_TASK: dict[Task, tuple[FairnessMeasure, ...]] = {
    "binary": (
        "equalized_odds_difference",
        "equal_opportunity_difference",
        "demographic_parity_difference",
        "metric_difference",
    ),
    "multiclass": ("metric_difference",),
    "regression": ("metric_difference", "mean_prediction_difference"),
}
"""Measures that suit a task, the default first."""
_MITIGATIONS: dict[Task, tuple[str, ...]] = {
    "binary": ("none", "reweighting", "thresholds"),
    "multiclass": ("none", "reweighting"),
    "regression": ("none",),
}


def resolve_fairness(problem: Problem, task: Task) -> Problem:
    """The problem with its measure of disparity.

    Raises
    ------
    ProblemError
        When the measure or the mitigation does not suit the task.
    """
    if not problem.protected:
        return problem
    asked = problem.fairness
    if asked.measure is not None and asked.measure not in _OF_TASK[task]:
        raise ProblemError(
            f"fairness.measure {asked.measure!r} does not suit the task {task!r}",
            where=problem.name,
            remedy=f"Choose one of {', '.join(_OF_TASK[task])}",
        )
    if asked.mitigation not in _MITIGATIONS[task]:
        raise ProblemError(
            f"fairness.mitigation {asked.mitigation!r} does not suit the task {task!r}",
            where=problem.name,
            remedy=f"Choose one of {', '.join(_MITIGATIONS[task])}",
        )
    measure = asked.measure or _OF_TASK[task][0]
    if asked.mitigation == "thresholds":
        _check_thresholds(problem, measure)
    return problem.model_copy(update={"fairness": asked.model_copy(update={"measure": measure})})


def _check_thresholds(problem: Problem, measure: str) -> None:
    if len(problem.protected) > 1:
        raise ProblemError(
            "fairness.mitigation 'thresholds' decides by one protected column, "
            f"{len(problem.protected)} are named",
            where=problem.name,
            remedy="Name one, or use reweighting",
        )
    if measure == "metric_difference" or problem.fairness.max_disparity is None:
        raise ProblemError(
            "fairness.mitigation 'thresholds' needs max_disparity, and a measure of rates",
            where=problem.name,
            remedy=f"Set both; measures are {', '.join(_OF_TASK['binary'][:-1])}",
        )


def protected_groups(developed: pd.DataFrame, problem: Problem) -> list[dict[str, Any]]:
    """The groups of each protected column, as `find_groups` gives them."""
    from automl_tasks.serve.groups import find_groups

    return [find_groups(developed[name], problem.fairness.min_rows) for name in problem.protected]


def compared_groups(names: NDArray[Any], min_rows: int) -> list[str]:
    """Groups of enough rows, the largest first; others are none, they are what is pooled.

    Parameters
    ----------
    names
        (n,) from `group_names`.
    """
    from automl_tasks.serve.groups import OTHERS

    labels, sizes = np.unique(names.astype(str), return_counts=True)
    counted = (sizes >= min_rows) & (labels != OTHERS)
    return [str(labels[at]) for at in np.argsort(-sizes) if counted[at]]


def balanced_weights(
    frame: pd.DataFrame,
    groups: list[dict[str, Any]],
    y: NDArray[Any],
    weight: NDArray[np.float64] | None,
    develop: NDArray[np.int64],
) -> NDArray[np.float64]:
    """(rows,) training weights under which group and class are independent; 0 outside of `develop`.

    With several protected columns a group is what shares all their values.

    Parameters
    ----------
    frame, y
        All rows of the snapshot, and their class codes.
    weight
        (rows,) the owner's own weights, which are multiplied; None: all equal.

    References
    ----------
    Kamiran, Calders (2012): Data preprocessing techniques for classification without
    discrimination.
    """
    import pandas as pd

    from automl_tasks.serve.groups import group_names

    rows = frame.iloc[develop]
    names = [group_names(each, rows[each["column"]]).astype(str) for each in groups]
    group = pd.MultiIndex.from_arrays(names).factorize()[0]
    own = np.ones(len(develop)) if weight is None else weight[develop]
    joint = np.zeros((group.max() + 1, int(y.max()) + 1))
    np.add.at(joint, (group, y[develop]), own)
    expected = np.outer(joint.sum(axis=1), joint.sum(axis=0)) / joint.sum()
    factor = np.divide(expected, joint, out=np.zeros_like(joint), where=joint > 0)
    balanced = np.zeros(len(frame))
    balanced[develop] = own * factor[group, y[develop]]
    return balanced


def group_decision(
    problem: Problem,
    groups: dict[str, Any],
    values: pd.Series,
    found: OutOfFoldMean,
    decision: Labelling | None,
) -> dict[str, Any] | None:
    """The decision by group, for `serve.labels.decision_of_rows`; None: it was not asked for.

    Parameters
    ----------
    groups
        Of the protected column, from `find_groups`.
    values
        (n,) the column's values, of the rows of `found`.
    found
        Calibrated out-of-fold probabilities.
    decision
        The common one, of two classes.
    """
    from automl_tasks.serve.groups import MISSING, group_names

    asked = problem.fairness
    if asked.mitigation != "thresholds" or asked.max_disparity is None:
        return None
    names = group_names(groups, values)
    compared = compared_groups(names, asked.min_rows)
    rows = GroupRows(found.prediction[:, 1], found.y == 1, names, found.weight)
    common = (decision or Labelling()).cut
    thresholds = find_thresholds(
        rows,
        [name for name in compared if name != MISSING],
        common,
        measure=str(asked.measure),
        limit=asked.max_disparity,
    )
    weights = {name: [share, 1 - share] for name, share in thresholds.items()}
    return {"groups": groups, "weights": weights, "common": [common, 1 - common]}
