"""Second stage, to look at: which features models would get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl_tasks.cli.commands import new_run
from automl_tasks.features import FeaturePipeline, find_leaks
from automl_tasks.notebook.prepare import Prepared
from automl_tasks.search import make_plan
from automl_tasks.search.table import load_table

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.features.recipes import Recipe
    from automl_tasks.problem import Role
    from automl_tasks.search import Plan

__all__ = ["Engineered", "engineer"]


@dataclass(frozen=True, eq=False)
class Engineered:
    """Features of the development rows.

    Attributes
    ----------
    plan
        What a search would do; nothing of it has run.
    roles
        What each column is for.
    leaks
        Columns that alone predict the target nearly perfectly, with their score.
    pipeline
        Fitted; its ``transform`` gives the features of other rows.
    frame
        (development rows, features)
    """

    plan: Plan
    roles: dict[str, Role]
    leaks: dict[str, float]
    pipeline: FeaturePipeline
    frame: pd.DataFrame


def engineer(prepared: Prepared, *, recipe: Recipe = "tree") -> Engineered:
    """Fit the feature steps of a recipe on the rows that a search would train on.

    A search does this itself, for each fold of each trial.

    Parameters
    ----------
    recipe
        What a family wants: ``automl_tasks.models.FAMILIES[name].recipe``.
    """
    problem, store, snapshot = prepared.problem, prepared.store, prepared.snapshot
    plan = make_plan(problem, store, snapshot.id, new_run(snapshot.id))
    table = load_table(store, problem.name, plan.run)
    develop = table.frame.iloc[table.split.develop]
    pipeline = FeaturePipeline(recipe, plan.roles, problem.steps)
    features = pipeline.fit_transform(develop, table.y[table.split.develop])
    labels = prepared.frame[problem.target].iloc[table.split.develop]
    leaks = find_leaks(develop[list(plan.roles)], labels, plan.task)
    return Engineered(plan, plan.roles, leaks, pipeline, features)
