"""Which fold of which configuration to fit next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from automl_tasks.search.catalogue import Catalogue, Suggested
from automl_tasks.search.configurations import Configuration
from automl_tasks.search.cost import compressing_seconds, refit_reserve
from automl_tasks.search.decisions import Why
from automl_tasks.search.ledger import FoldRecord, Ledger, Trial
from automl_tasks.search.plan import Plan
from automl_tasks.search.selection import Selector, first_fold_is_certain

__all__ = ["Schedule", "Step"]

# Of the time left: the other folds of a promising trial are not put off if they take less, where
# the first fold tells little, where it is certain, and of the best trial.
_CHEAP_UNCERTAIN, _CHEAP, _CHEAP_BEST = 0.2, 0.06, 0.5
_LATE = 2.0  # folds of the best trial that fit: too few for another configuration to catch up
_FEW = 6  # trials, of which the best one need not be good
_FIRST_SHARE, _FIRST_SECONDS = 0.12, 3.0  # that the very first fold may aim to take
_SHARE, _MOST_SHARE = 0.25, 0.5  # of the time left, that one fold may aim to take
# Times the seconds that it gets may a fold be expected to take: while models are few, and later.
_PATIENCE, _PATIENCE_LATER = 8.0, 2.0
_CANDIDATES, _CERTAIN_CANDIDATES = 8, 3  # best trials whose other folds are worth their time
_MOST_COMPLETING = 0.35  # of the search, that is kept for them


@dataclass(frozen=True)
class Step:
    """One fold to fit.

    Attributes
    ----------
    aim
        Seconds that it should take; boosting stops by itself a little earlier.
    limit
        Seconds after which it is killed.
    why, expected, gain
        For the log: the reason, the seconds that were expected, and the expected gain in one.
    repeats
        Of the run that is replayed, whose training is given back.
    """

    configuration: Configuration
    fold: int
    aim: float
    limit: float
    why: Why
    expected: float | None = None
    gain: float | None = None
    repeats: FoldRecord | None = None


class Schedule:
    """Decides from what the ledger holds and from the time that is left.

    Every configuration is fitted on one fold first. Those that may enter the ensemble get their
    other folds: at once where that is cheap, else when the time for it has come.

    Parameters
    ----------
    lanes
        Folds that are fitted beside each other.
    """

    def __init__(
        self, plan: Plan, ledger: Ledger, selector: Selector, catalogue: Catalogue, lanes: int
    ) -> None:
        self._plan, self._ledger, self._lanes = plan, ledger, lanes
        self._selector, self._catalogue = selector, catalogue

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
        waiting, begun = self._waiting(good), {trial.id for trial in trials}
        begun |= {trial for trial, _ in busy}
        if self._plan.trials is not None:  # nothing may depend on the clock
            yield from self._folds_of(waiting if len(good) >= _FEW else (), left)
            yield from self._first_folds(trials, begun, left, left)
            yield from self._folds_of(waiting, left)
            return
        if len(good) >= _FEW:
            usual = _CHEAP if first_fold_is_certain(good) else _CHEAP_UNCERTAIN
            cheap = [
                trial
                for trial in waiting
                if self._completing([trial])
                <= max(usual, _CHEAP_BEST if trial is good[0] else 0.0) * left
            ]
            yield from self._folds_of(cheap, left)
        members = [trial for trial in waiting if trial.id in self._selector.members(good)]
        if good and left < _LATE * good[0].fold_seconds:
            yield from self._folds_of(members, left)
        yield from self._first_folds(trials, begun, left - self._kept(good, members), left)
        yield from self._folds_of(members or waiting[:1], left)

    def ended(self) -> str:
        """Why there is nothing left to try; empty while there is."""
        trials = self._ledger.trials()
        good, begun = [trial for trial in trials if trial.ok], {trial.id for trial in trials}
        if self._waiting(good) or (
            self._allowed(begun) and any(self._catalogue.planned(trials, begun))
        ):
            return ""
        if not self._allowed(begun):
            return f"all {len(begun)} trials of the budget were made"
        if self._catalogue.fruitless(trials, self._selector.members(good)):
            return "the newest configurations no longer improve the ensemble"
        if not any(self._catalogue.proposed(good, begun)):
            return "every configuration was tried"
        return ""

    def reserve(self, good: Sequence[Trial], opening: float) -> float:
        """Seconds that the ensemble will need for members that must be trained once more."""
        plan = self._plan
        reserved = opening + (compressing_seconds(plan.budget_seconds) if plan.limited else 0.0)
        if self._plan.bagged:
            return reserved
        weights = self._selector.members(good)
        single = [trial for trial in good if trial.id in weights]
        return refit_reserve(single, self._plan.develop_rows, reserved, self._lanes)

    def _waiting(self, good: Sequence[Trial]) -> list[Trial]:
        """Promising trials that lack folds, best first."""
        top = good[: _CERTAIN_CANDIDATES if first_fold_is_certain(good) else _CANDIDATES]
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

    def _kept(self, good: Sequence[Trial], members: Sequence[Trial]) -> float:
        """Seconds that new configurations must leave to the ensemble's missing folds."""
        wanted = 1.1 * self._completing(members) if self._plan.bagged else 0.0
        most = _MOST_COMPLETING * self._plan.search_seconds
        if len(good) < _FEW and wanted > most:
            return 0.0
        return min(wanted, most)

    def _folds_of(self, trials: Sequence[Trial], left: float) -> Iterator[Step]:
        for trial in trials:
            if trial.fold_seconds > left:
                continue
            for fold in self._plan.fold_order:
                if fold not in trial.folds:
                    usual = 1.5 * trial.fold_seconds + 1.0
                    longer = min(3.0 * trial.fold_seconds, _SHARE * left) if trial.cut else 0.0
                    aim, limit = self._times(max(usual, longer), left)
                    yield Step(trial.configuration, fold, aim, limit, "folds", trial.fold_seconds)

    def _times(self, aim: float, left: float) -> tuple[float, float]:
        """Aim and limit of a step."""
        aim = left if self._plan.trials is not None else min(left, aim)
        return aim, min(left, 2.0 * aim)

    def _allowed(self, begun: Collection[str]) -> bool:
        return self._plan.trials is None or len(begun) < self._plan.trials

    def _first_folds(
        self, trials: Sequence[Trial], begun: set[str], free: float, left: float
    ) -> Iterator[Step]:
        """First folds of untried configurations that fit into the seconds that are free."""
        if not self._allowed(begun):
            return
        good = [trial for trial in trials if trial.ok]
        for each in self._catalogue.planned(trials, begun):
            yield from self._first_fold(each, good, free, left)
        if self._catalogue.fruitless(trials, self._selector.members(good)):
            return
        for each in self._catalogue.proposed(good, begun):
            yield from self._first_fold(each, good, free, left)

    def _first_fold(
        self, suggested: Suggested, good: Sequence[Trial], free: float, left: float
    ) -> Iterator[Step]:
        wanted = max(1.5 * suggested.seconds, suggested.useful)
        aim = max(_SHARE * free, min(wanted, _MOST_SHARE * free))
        family = suggested.configuration.family
        alike = next((trial.fold_seconds for trial in good if trial.family == family), 0.0)
        # What is fitted step by step is worth its time also when it is stopped early.
        patient = suggested.keeps_time and len(good) < _FEW
        longest = (_PATIENCE if patient else _PATIENCE_LATER) * aim
        if good and self._plan.trials is None and max(suggested.seconds, alike) > longest:
            return
        if not good:
            aim = max(_FIRST_SHARE * left, min(_FIRST_SECONDS, left))
        yield Step(
            suggested.configuration,
            self._plan.fold_order[0],
            *self._times(aim, left),
            suggested.why,
            suggested.seconds,
            suggested.gain,
        )
