"""What a search takes over from an earlier one of its problem: the models of that ensemble."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from automl_tasks.problem import Problem
from automl_tasks.search.configurations import Configuration
from automl_tasks.search.plan import run_key
from automl_tasks.search.resolve import task_of
from automl_tasks.store import Store

__all__ = ["Previous", "previous_search"]

_MOST = 4  # models: they carry most of an ensemble's weight, and new ones need time as well
# What half a file, or one of another version, does to its reader.
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True)
class Previous:
    """The models from which a new search starts.

    Attributes
    ----------
    run
        That found them.
    models
        Family and wanted parameters of each, the heaviest in the ensemble first.
    ended_at
        When the last of them was trained, in UTC.
    """

    run: str
    models: list[tuple[str, dict[str, Any]]]
    ended_at: str

    @property
    def note(self) -> str:
        """For the user."""
        families = dict.fromkeys(family for family, _ in self.models)
        return f"starts from the models of run {self.run}: {', '.join(families)}"


def previous_search(store: Store, problem: Problem, *, rows: int, columns: int) -> Previous | None:
    """The search that found the champion; without a champion, the one that ended last.

    A run that cannot be read, or that learned another target or task, counts as none: the past
    makes a search faster, and the lack of it shall not stop one.

    Parameters
    ----------
    problem
        Resolved: with its task.
    rows, columns
        Of the table that the new trials see; models that do not suit it are left out.
    """
    champion = _champion_run(store, problem.name)
    chosen = _read(store, problem, champion) if champion else None
    if chosen is None:
        runs = (_read(store, problem, run) for run in store.list(f"{problem.name}/runs"))
        found = [each for each in runs if each is not None]
        chosen = max(found, key=lambda each: (each.ended_at, each.run), default=None)
    if chosen is None:
        return None
    models = [each for each in chosen.models if _suits(*each, problem, rows, columns)][:_MOST]
    return replace(chosen, models=models) if models else None


def _champion_run(store: Store, name: str) -> str | None:
    """Run of the version that became champion last, by the store's own records."""
    moves = [_move(store, f"{name}/promotions/{each}") for each in store.list(f"{name}/promotions")]
    return max((move for move in moves if move), default=("", None))[1]


def _move(store: Store, key: str) -> tuple[str, str] | None:
    """When a version became champion, and its run; None where none did."""
    with suppress(*_UNREADABLE):
        record = store.read_json(key)
        if record["applied"]:
            return str(record["decided_at"]), str(record["run"])
    return None


def _read(store: Store, problem: Problem, run: str) -> Previous | None:
    """Every model of a finished run's ensemble."""
    key = run_key(problem.name, run)
    with suppress(*_UNREADABLE):
        candidate = store.read_json(f"{key}/candidate/candidate.json")
        plan = store.read_json(f"{key}/plan.json")
        learned = plan["problem"]["task"], plan["problem"]["target"]
        if learned != (problem.task, problem.target) or plan.get("replays"):
            return None
        weights: dict[str, float] = defaultdict(float)
        for member in candidate["members"]:
            weights[str(member["trial"])] += float(member["weight"])
        heaviest = sorted(weights, key=lambda trial: (-weights[trial], trial))
        folders = [f"{key}/trials/{trial}" for trial in heaviest]
        trials = [_trial(store, folder) for folder in folders if store.exists(folder)]
        models = [(each.family, each.wanted or each.params) for each, _ in trials]
        return Previous(run, models, max(ended for _, ended in trials))
    return None


def _trial(store: Store, key: str) -> tuple[Configuration, str]:
    """Configuration of a trial, and when its last fold ended."""
    records = [store.read_json(f"{key}/{fold}/manifest.json") for fold in store.list(key)]
    configuration = Configuration.model_validate(records[0]["configuration"])
    return configuration, max(str(each["finished_at"]) for each in records)


def _suits(family: str, params: dict[str, Any], problem: Problem, rows: int, columns: int) -> bool:
    """Whether this version still knows the model, and can train it on the table."""
    from automl_tasks.features.recipes import RECIPES
    from automl_tasks.models import FAMILIES

    known = FAMILIES.get(family)
    return (
        known is not None
        and known.recipe_of(params) in RECIPES
        and known.supports(task_of(problem), rows, columns)
    )
