"""Which fold of which configuration to fit next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.cost import predicted_seconds, refit_reserve
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.plan import Plan
from automl_tasks.search.selection import Selector

__all__ = ["Schedule", "Step"]

_CHEAP = 0.06  # of the time left: the other folds of a promising trial are not put off,
_CHEAP_BEST = 0.15  # nor those of the best one
_FEW = 4  # trials, of which the best one need not be good
_SHARE = 0.25  # of the time left, that one fold may aim to take
_CANDIDATES, _CERTAIN_CANDIDATES = 8, 3  # best trials whose other folds are worth their time
_CERTAIN_ROWS = 1_000  # of a first fold, whose order of the trials can be trusted
_MOST_COMPLETING = 0.5  # of the search, that is kept to complete the members


@dataclass(frozen=True)
class Step:
    """One fold to fit.

    Attributes
    ----------
    aim
        Seconds that it should take; boosting stops by itself a little earlier.
    limit
        Seconds after which it is killed.
    """

    configuration: Configuration
    fold: int
    aim: float
    limit: float


class Schedule:
    """Decides from what the ledger holds and from the time that is left.

    Every configuration is fitted on one fold first. Those that may enter the ensemble get their
    other folds: at once where that is cheap, else when the time for it has come.

    Parameters
    ----------
    lanes
        Folds that are fitted beside each other.
    """

    def __init__(self, plan: Plan, ledger: Ledger, selector: Selector, lanes: int) -> None:
        self._plan, self._ledger, self._selector, self._lanes = plan, ledger, selector, lanes

    def steps(self, left: float, busy: Collection[tuple[str, int]]) -> Iterator[Step]:
        """What to do next, the most useful first.

        Parameters
        ----------
        left
            Seconds until the search must end.
        busy
            Trial and fold of the steps under way here.
        """
        trials = self._ledger.trials()
        good = [trial for trial in trials if trial.ok]
        waiting, fresh = self._waiting(good), list(self._fresh(trials, busy))
        if len(good) >= _FEW or not fresh:
            cheap = [
                trial
                for trial in waiting
                if self._completing([trial]) <= (_CHEAP_BEST if trial is good[0] else _CHEAP) * left
            ]
            yield from self._folds_of(cheap, left)
        members = [trial for trial in waiting if trial.id in self._selector.members(good)]
        kept = min(1.1 * self._completing(members), _MOST_COMPLETING * self._plan.search_seconds)
        yield from self._first_folds(fresh, good, left, kept=kept if self._plan.bagged else 0.0)
        yield from self._folds_of(members, left)

    def exhausted(self) -> bool:
        """Whether every configuration was tried, and completed where that is worth it."""
        trials = self._ledger.trials()
        return not self._waiting([each for each in trials if each.ok]) and not list(
            self._fresh(trials, ())
        )

    def reserve(self, good: Sequence[Trial], opening: float) -> float:
        """Seconds that the ensemble will need for members that must be trained once more."""
        if self._plan.bagged:
            return opening
        weights = self._selector.members(good)
        single = [trial for trial in good if trial.id in weights]
        return refit_reserve(single, self._plan.develop_rows, opening, self._lanes)

    def predicted(self, configuration: Configuration, good: Sequence[Trial]) -> float:
        """Seconds of one fold of a configuration that has none yet."""
        plan = self._plan
        rows = plan.search_rows or plan.develop_rows
        cells = float(rows * (plan.folds - 1) / plan.folds * len(plan.roles))
        return predicted_seconds(
            configuration, good, cells=cells, threads=plan.threads, classes=len(plan.classes or ())
        )

    def _waiting(self, good: Sequence[Trial]) -> list[Trial]:
        """Promising trials that lack folds, best first."""
        certain = bool(good) and good[0].good[0].valid_rows >= _CERTAIN_ROWS
        top = good[: _CERTAIN_CANDIDATES if certain else _CANDIDATES]
        promising = set(self._selector.members(good)) | {each.id for each in top}
        return [
            trial
            for trial in good
            if trial.id in promising and not trial.complete and not trial.broken
        ]

    def _completing(self, trials: Sequence[Trial]) -> float:
        missing = (
            trial.fold_seconds * (trial.configuration.folds - len(trial.folds)) for trial in trials
        )
        return sum(missing) / self._lanes

    def _folds_of(self, trials: Sequence[Trial], left: float) -> Iterator[Step]:
        for trial in trials:
            if trial.fold_seconds > left:
                continue
            for fold in self._plan.fold_order:
                if fold not in trial.folds:
                    aim = min(left, 2.0 * trial.fold_seconds + 1.0)
                    yield Step(trial.configuration, fold, aim, min(left, 2.0 * aim))

    def _fresh(
        self, trials: Sequence[Trial], busy: Collection[tuple[str, int]]
    ) -> Iterator[Configuration]:
        begun = {trial.id for trial in trials} | {trial for trial, _ in busy}
        allowed = (self._plan.trials or len(self._plan.configurations)) - len(begun)
        unseen = [each for each in self._plan.configurations if each.id not in begun]
        yield from unseen[: max(0, allowed)]

    def _first_folds(
        self, fresh: Sequence[Configuration], good: Sequence[Trial], left: float, *, kept: float
    ) -> Iterator[Step]:
        """First folds that leave the seconds that are kept for completing the members."""
        first = self._plan.fold_order[0]
        for configuration in fresh:
            predicted = self.predicted(configuration, good)
            free = left - kept
            if good and predicted > free:
                continue
            share = 1.0 if self._plan.trials else _SHARE
            aim = min(free, max(share * free, 1.5 * predicted)) if good else _SHARE * left
            yield Step(configuration, first, aim, min(left, 2.0 * aim))
