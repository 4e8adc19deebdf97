"""Which configurations a search tries, in which order."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from automl_tasks.problem import Problem
from automl_tasks.search.prior import prior_seconds
from automl_tasks.search.resolve import task_of
from automl_tasks.store import digest_json

if TYPE_CHECKING:
    from automl_tasks.models import Family

__all__ = ["Configuration", "configurations_for", "fallback_configuration"]

_QUICK: dict[str, dict[str, Any]] = {
    "linear": {},
    "lightgbm": {"num_leaves": 8, "learning_rate": 0.2},
}
_FALLBACK_ROWS = 5_000
_FASTEST_RATE = 0.15  # above, boosting of many classes diverges
_DECIDING = {
    *("target", "task", "metric", "quantile", "costs", "positive", "weight"),
    *("time", "split", "group", "gap_hours", "gap_rows", "label_delay_hours", "holdout", "id"),
    *("ignore", "roles", "steps", "seed"),
}


class Configuration(BaseModel):
    """One model family with its parameters.

    Attributes
    ----------
    id
        Of the trial: a digest of all that determines its result.
    rows
        Newest or sampled rows to use; None: all of the search's rows.
    """

    id: str
    family: str
    params: dict[str, Any]
    folds: int
    rows: int | None = None


def configurations_for(
    problem: Problem,
    snapshot_id: str,
    *,
    rows: int,
    columns: int,
    folds: int,
    classes: int,
    window_rows: int | None,
    seconds: float,
) -> list[Configuration]:
    """The portfolio of every family that suits the table.

    A linear model and a shallow LightGBM come first, so that an answer exists after seconds;
    then the families take turns, each with its best configuration first.

    Parameters
    ----------
    problem
        Resolved: with task, metric and split.
    rows, columns
        Of the table that the trials see.
    folds, window_rows
        They change a trial's result, so they are part of its id.
    classes
        Of the problem.
    seconds
        That one fold may take on one thread. Where boosting at a family's own learning rate is
        expected to take longer, it learns faster: a trained model is worth more than a slow one
        that was cut off.
    """
    from automl_tasks.models import FAMILIES

    task = task_of(problem)
    data = [snapshot_id, folds, rows, window_rows, _about(problem)]
    suited = {
        name: family for name, family in FAMILIES.items() if family.supports(task, rows, columns)
    }
    portfolios = {name: family.portfolio(task, rows) for name, family in suited.items()}
    chosen = [
        (name, {**portfolios[name][0], **_QUICK[name]}) for name in _QUICK if portfolios.get(name)
    ]
    for turn in zip_longest(
        *([(name, params) for params in each] for name, each in portfolios.items())
    ):
        chosen += [pair for pair in turn if pair is not None]
    cells = float(rows * (folds - 1) / folds * columns)
    hurried = [
        (name, _hurried(params, prior_seconds(name, cells, 1, classes) / seconds))
        for name, params in chosen
    ]
    made = [_configuration(data, suited[name], params, folds) for name, params in hurried]
    return list({each.id: each for each in made}.values())


def _hurried(params: dict[str, Any], slower: float) -> dict[str, Any]:
    """Parameters with the learning rate raised by as much as the training would take too long."""
    rate = params.get("learning_rate")
    if rate is None or slower <= 1:
        return params
    return {**params, "learning_rate": round(max(rate, min(rate * slower, _FASTEST_RATE)), 4)}


def fallback_configuration(configurations: list[Configuration]) -> Configuration:
    """What is fitted when nothing else fitted into the budget: the first one, on few rows."""
    first = configurations[0]
    return first.model_copy(update={"id": f"{first.id}-few", "folds": 2, "rows": _FALLBACK_ROWS})


def _about(problem: Problem) -> dict[str, Any]:
    """What of a problem changes a trial's result."""
    return problem.model_dump(mode="json", include=_DECIDING)


def _configuration(
    data: list[Any], family: Family, params: dict[str, Any], folds: int
) -> Configuration:
    digest = digest_json([data, family.name, family.recipe_of(params), params])[:12]
    name = family.name
    return Configuration(id=f"{name}-{digest}", family=name, params=params, folds=folds)
