"""Changes of a search that can only be measured by searching again, each a patch while it is open.

A switch that names what is no longer there fails, so that none measures nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

from automl_tasks.meta import Knowledge
from automl_tasks.problem import Budget
from automl_tasks.search import catalogue, configurations, planning, schedule
from automl_tasks.search.catalogue import Catalogue, Suggested
from automl_tasks.search.cores import usable_cores
from automl_tasks.search.ledger import Trial
from automl_tasks.search.schedule import Schedule, Step

_PLANNED = Catalogue.planned


def switches() -> dict[str, AbstractContextManager[Any]]:
    """By the name of what is switched off; ``repeat`` switches nothing and shows the noise."""
    return {
        "repeat": nullcontext(),
        "knowledge": patch.object(Knowledge, "load", _nothing_known),
        "order": patch.object(Catalogue, "planned", _as_planned),
        "proposals": patch.object(Catalogue, "proposed", _no_proposals),
        "first-fold": patch.object(Schedule, "steps", _whole_trials),
        "variety": patch.object(catalogue, "_NEW_FAMILY", 1.0),
        "hurry": patch.object(configurations, "hurried", _unhurried),
        "lanes": patch.object(planning, "_parallel", _one_lane),
        "late-folds": patch.object(schedule, "_CHEAP_BEST", schedule._CHEAP),
    }


TITLES = {
    "repeat": "nothing (the same search again)",
    "knowledge": "recorded results of other tables",
    "order": "expected gain per second (the plan's own order in its place)",
    "proposals": "points of the search spaces",
    "first-fold": "one fold first (all folds of each trial at once)",
    "variety": "preference for families that were not tried",
    "hurry": "faster learning on large tables",
    "lanes": "two models beside each other (one, with all cores)",
    "late-folds": "the best trial's folds early",
}


def _nothing_known(*_: Any, **__: Any) -> Knowledge:
    return Knowledge()


def _as_planned(
    self: Catalogue, trials: Sequence[Trial], begun: frozenset[str] | set[str]
) -> Iterator[Suggested]:
    """What was recorded elsewhere and is not in the plan comes last."""
    place = {each.id: at for at, each in enumerate(self._plan.configurations)}
    found = _PLANNED(self, trials, begun)
    return iter(sorted(found, key=lambda each: place.get(each.configuration.id, len(place))))


def _no_proposals(*_: Any) -> Iterator[Suggested]:
    return iter(())


def _whole_trials(self: Schedule, left: float, busy: Collection[tuple[str, int]]) -> Iterator[Step]:
    trials = self._ledger.trials()
    begun = {trial.id for trial in trials} | {trial for trial, _ in busy}
    begin = [each for each in trials if each.ok and not each.complete and not each.broken]
    yield from self._folds_of(begin, left)
    yield from self._first_folds(trials, begun, left, left)


def _unhurried(params: dict[str, Any], *_: float) -> dict[str, Any]:
    return params


def _one_lane(budget: Budget, _: int) -> tuple[int, int, int]:
    return budget.workers, 1, usable_cores()
