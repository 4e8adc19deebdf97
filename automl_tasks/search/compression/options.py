"""Ensembles of a run's trials that could be the candidate: all members, fewer, or one alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from automl_tasks.search.compression.limits import Limits
from automl_tasks.search.compression.pruning import Weighted, affordable, prefixes
from automl_tasks.search.compression.timing import Cost, Scales
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.selection import Selection

__all__ = ["Ensemble", "ensembles", "prunings"]

_PRUNINGS = 3
_TIMED = 12  # trials, the chosen and the best others
_SHARES = (2.0, 1.0, 0.5)  # of the limits, for the members' own costs: together they cost less


@dataclass(frozen=True)
class Ensemble:
    """Trials with weights, as bags of fold models or each as one model.

    Attributes
    ----------
    selection
        Of which these trials are the chosen.
    bagged
        Whether all fold models of a trial are averaged; else one that is refitted on all rows.
    """

    selection: Selection
    bagged: bool
    loss: float
    cost: Cost

    @property
    def name(self) -> str:
        """For a person."""
        count = len(self.selection.chosen)
        families = ", ".join(sorted({trial.family for trial, _ in self.selection.chosen}))
        form = "bags" if self.bagged else "refitted"
        if count == 1:
            return f"one {families}, {'bagged' if self.bagged else 'refitted on all rows'}"
        return f"{count} models, {form} ({families})"


class _Measured:
    """Ensembles, each measured once."""

    def __init__(self, selection: Selection, ledger: Ledger, scales: Scales) -> None:
        self._selection, self._ledger, self._scales = selection, ledger, scales
        self._seen: set[tuple[bool, frozenset[str]]] = set()

    def of(self, chosen: Weighted, *, bagged: bool) -> Iterator[Ensemble]:
        """The ensemble, unless it was given before or has no saved models."""
        key = (bagged, frozenset(trial.id for trial, _ in chosen))
        folders = [path for trial, _ in chosen for path in folders_of(self._ledger, trial, bagged)]
        if key in self._seen or not folders:
            return
        self._seen.add(key)
        left = [each for each, _ in self._selection.chosen] + self._selection.others
        others = [trial for trial in left if trial.id not in key[1]]
        selection = replace(self._selection, chosen=chosen, others=others)
        yield Ensemble(selection, bagged, selection.loss(chosen), self._scales.cost(folders))


def folders_of(ledger: Ledger, trial: Trial, bagged: bool) -> list[Path]:
    """Saved models of a trial's folds; of one that will be refitted the first stands for that."""
    trained = sorted(record.fold for record in trial.trained)
    folders = [ledger.member(trial.id, fold) for fold in trained]
    there = [folder for folder in folders if folder.is_dir()]
    return there if bagged else there[:1]


def prunings(
    selection: Selection, ledger: Ledger, scales: Scales, *, bagged: bool
) -> Iterator[Ensemble]:
    """The ensemble as it was selected, then with ever fewer of its trials."""
    measured = _Measured(selection, ledger, scales)
    for chosen in (selection.chosen, *prefixes(selection.chosen, _PRUNINGS)):
        yield from measured.of(chosen, bagged=bagged)


def ensembles(
    selection: Selection, ledger: Ledger, scales: Scales, limits: Limits, *, bagged: bool
) -> Iterator[Ensemble]:
    """The whole ensemble, and the best that may keep the limits: of bags, and of single models."""
    measured = _Measured(selection, ledger, scales)
    yield from measured.of(selection.chosen, bagged=bagged)
    trials = [*(trial for trial, _ in selection.chosen), *selection.others][:_TIMED]
    folders = {trial.id: folders_of(ledger, trial, bagged=True) for trial in trials}
    single = {
        name: limits.share(scales.rough(saved[0])) for name, saved in folders.items() if saved
    }
    able = [trial for trial in trials if single.get(trial.id, np.inf) <= 1]
    if able:
        best = min(able, key=lambda trial: selection.loss([(trial, 1.0)]))
        yield from measured.of([(best, 1.0)], bagged=False)
    if single:  # the cheapest: nothing may keep the limits
        cheapest = min(trials, key=lambda trial: single.get(trial.id, np.inf))
        yield from measured.of([(cheapest, 1.0)], bagged=False)
    for bags in (True, False) if bagged else (False,):
        costs = {
            name: share * (len(folders[name]) if bags else 1) for name, share in single.items()
        }
        for share in _SHARES:
            if chosen := affordable(selection, costs, share):
                yield from measured.of(chosen, bagged=bags)
