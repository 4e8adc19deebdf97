"""Which configurations a search tries, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from automl_tasks.problem import Problem, Task
from automl_tasks.search.haste import hurried, most_leaves
from automl_tasks.store import digest_json

if TYPE_CHECKING:
    from automl_tasks.meta import Known

__all__ = [
    "Configuration",
    "Terms",
    "configurations_for",
    "fallback_configuration",
    "terms_for",
]

_QUICK: dict[str, dict[str, Any]] = {
    "linear": {"recipe": "linear"},
    "lightgbm": {"num_leaves": 8, "learning_rate": 0.2},
}
_FALLBACK_ROWS = 5_000
_MOST_SLOWER = 2.5  # times what one fold may take: most nets end before their last step
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
    wanted
        The parameters on a machine with enough time, under which results are recorded.
    rows
        Newest or sampled rows to use; None: all of the search's rows.
    """

    id: str
    family: str
    params: dict[str, Any]
    wanted: dict[str, Any] = {}
    folds: int
    rows: int | None = None

    @property
    def effort(self) -> float:
        """Times the usual seconds: fewer of a raised learning rate, more of more steps."""
        from automl_tasks.models import FAMILIES

        usual, raised = (each.get("learning_rate") for each in (self.wanted, self.params))
        haste = usual / raised if usual and raised and usual != raised else 1.0
        return haste * FAMILIES[self.family].effort(self.params)

    @property
    def known(self) -> Known:
        """What results are recorded of, whatever the table."""
        from automl_tasks.meta import Known

        return Known.of(self.family, self.wanted or self.params)


class Terms(BaseModel):
    """What a run's configurations have in common.

    Attributes
    ----------
    identity
        Digest of the data, the rows and the parts of the problem that change a trial's result.
    slower
        By family, how many times longer than one fold may take its training is expected to take.
        Boosting then learns faster: a trained model is worth more than a slow one that was cut
        off.
    leaves
        That its trees may have more of, to learn faster.
    """

    identity: str
    folds: int
    slower: dict[str, float]
    leaves: int = 0

    def configuration(self, family: str, params: dict[str, Any]) -> Configuration:
        """A configuration of this run."""
        from automl_tasks.models import FAMILIES

        kind = FAMILIES[family]
        # Nets have a cycle of their own, which they fit into their time.
        slower = 1.0 if kind.fits_into_time else self.slower.get(family, 1.0)
        given = hurried(params, slower, self.leaves)
        recipe = kind.recipe_of(given)
        return Configuration(
            id=f"{family}-{digest_json([self.identity, family, recipe, given])[:12]}",
            family=family,
            params=given,
            wanted=params,
            folds=self.folds,
        )


def terms_for(
    problem: Problem,
    snapshot_id: str,
    *,
    rows: int,
    columns: int,
    folds: int,
    classes: int,
    window_rows: int | None,
    seconds: float,
) -> Terms:
    """What the configurations of a search have in common.

    Parameters
    ----------
    problem
        Resolved: with task, metric and split.
    rows, columns
        Of the table that the trials see.
    classes
        Of the problem.
    seconds
        That one fold may take on one thread.
    """
    from automl_tasks.meta import Size, prior_seconds
    from automl_tasks.models import FAMILIES

    size = Size(rows * (folds - 1) / folds, columns, classes)
    return Terms(
        identity=digest_json([snapshot_id, folds, rows, window_rows, _about(problem)]),
        folds=folds,
        slower={name: prior_seconds(name, size) / seconds for name in FAMILIES},
        leaves=most_leaves(size.rows, classes),
    )


def configurations_for(
    task: Task,
    terms: Terms,
    rows: int,
    columns: int,
    previous: Sequence[tuple[str, dict[str, Any]]] = (),
) -> tuple[list[Configuration], int]:
    """The portfolio of every family that suits the table, and how many of it come first.

    A linear model and a shallow LightGBM come first, so that an answer exists after seconds, and
    between them what an earlier search of the problem found; then the families take turns, each
    with its best configuration first. The search follows that order only as long as no recorded
    results tell a better one.

    Parameters
    ----------
    rows, columns
        Of the table that the trials see.
    previous
        Family and wanted parameters of models to start from, the best first.
    """
    from automl_tasks.models import FAMILIES

    portfolios = {
        name: [
            params
            for params in family.portfolio(task, rows)
            if _affordable(family.effort(params), terms.slower.get(name, 1.0))
        ]
        for name, family in FAMILIES.items()
        if family.supports(task, rows, columns)
    }
    quick = [
        (name, {**portfolios[name][0], **_QUICK[name]}) for name in _QUICK if portfolios.get(name)
    ]
    leading = [*quick[:1], *previous[:1], *quick[1:], *previous[1:]]
    others: list[tuple[str, dict[str, Any]]] = []
    for turn in zip_longest(
        *([(name, params) for params in each] for name, each in portfolios.items())
    ):
        others += [pair for pair in turn if pair is not None]
    made = {each.id: each for each in (terms.configuration(*pair) for pair in leading)}
    first = len(made)
    made |= {each.id: each for each in (terms.configuration(*pair) for pair in others)}
    return list(made.values()), first


def _affordable(effort: float, slower: float) -> bool:
    """Whether what trains longer than usual has a chance to come to its end."""
    return effort <= 1 or effort * slower <= _MOST_SLOWER


def fallback_configuration(configurations: list[Configuration]) -> Configuration:
    """What is fitted when nothing else fitted into the budget: the first one, on few rows."""
    first = configurations[0]
    return first.model_copy(update={"id": f"{first.id}-few", "folds": 2, "rows": _FALLBACK_ROWS})


def _about(problem: Problem) -> dict[str, Any]:
    """What of a problem changes a trial's result."""
    return problem.model_dump(mode="json", include=_DECIDING)
