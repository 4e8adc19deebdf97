"""Which configuration to try next: what was recorded elsewhere orders the planned ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from automl_tasks.meta import (
    SPACES,
    Finished,
    ForestSampler,
    Knowledge,
    Observation,
    Portfolio,
    Size,
    gain_per_second,
    prior_seconds,
)
from automl_tasks.search.configurations import Configuration
from automl_tasks.search.decisions import Why
from automl_tasks.search.ledger import Trial
from automl_tasks.search.plan import Plan
from automl_tasks.search.revisited import revisited
from automl_tasks.store import Store

__all__ = ["Catalogue", "Suggested"]

_NEW_FAMILY = 3.0  # times the gain of a configuration whose family has not been tried
_CHEAP = 0.01  # of the search, for which a family is tried whatever the records say of it
_ARMS = 6  # best trials whose families are searched further
_FRUITLESS = 30  # proposals in a row without a place in the ensemble, after which they end


@dataclass(frozen=True)
class Suggested:
    """A configuration that may be tried next.

    Attributes
    ----------
    seconds
        That its first fold is expected to take.
    useful
        That it could make use of: a net that is given less takes fewer steps, and learns less.
    keeps_time
        Whether it has a model when its time is up.
    why
        It is suggested.
    gain
        Expected in a second, where the records tell one.
    """

    configuration: Configuration
    seconds: float
    useful: float
    keeps_time: bool
    why: Why
    gain: float | None = None


class Catalogue:
    """The configurations of a run, in the order of their expected gain per second.

    When all of the plan's are tried, points of the families' search spaces around the best ones
    follow.

    Parameters
    ----------
    store
        Holds what the user's own runs have recorded.
    """

    def __init__(self, store: Store, plan: Plan) -> None:
        self._plan = plan
        self._size = Size(plan.fold_rows, len(plan.roles), len(plan.classes or ()))
        knowledge = Knowledge.load(store, without=plan.fingerprint)
        later = plan.configurations[plan.leading :]
        planned = {each.known.key: each for each in later}
        if later:
            planned = self._recorded(knowledge) | planned
        self._by_key = planned
        self._families = {
            each.id: each.family for each in [*plan.configurations, *planned.values()]
        }
        matrix = knowledge.matrix(plan.task, threads=plan.threads)
        self._portfolio = Portfolio(
            matrix.aligned([(key, each.family) for key, each in planned.items()]),
            self._size,
            plan.metafeatures,
            plan.fingerprint,
            self._prior,
        )

    def planned(
        self, trials: Sequence[Trial], begun: frozenset[str] | set[str]
    ) -> Iterator[Suggested]:
        """Configurations of the plan that nobody has begun, the most promising first.

        Parameters
        ----------
        trials
            All so far, failed ones too.
        begun
            Their ids, and those of trials under way.
        """
        for each in self._plan.configurations[: self._plan.leading]:
            if each.id not in begun:
                seconds = self._prior(each.family, self._size) * each.effort
                yield self._suggested(each, seconds, "opening")
        finished = {trial.configuration.known.key: self._finished(trial) for trial in trials}
        taken = {key for key, each in self._by_key.items() if each.id in begun}
        tried = {trial.family for trial in trials}
        untried = {each.family for each in self._by_key.values()} - tried
        # What leads after every family had its turn is trained longer before others are varied.
        leader = next((trial.family for trial in trials if trial.ok and not untried), None)
        waited = {self._families[each] for each in begun if each in self._families} - tried
        ranked = []
        for known in self._portfolio.ranked(finished, taken):
            configuration = self._by_key[known.configuration]
            seconds = known.seconds * configuration.effort
            longer = configuration.family == leader and configuration.effort > 1
            place = self._rank(configuration.family, known.gain, seconds, tried, waited)
            gain = float(gain_per_second(known.gain, seconds))
            suggested = self._suggested(configuration, seconds, "recorded", gain)
            ranked.append(((not longer, *place), suggested))
        yield from (suggestion for _, suggestion in sorted(ranked, key=lambda pair: pair[0]))

    def _rank(
        self, family: str, gain: float, seconds: float, tried: set[str], waited: set[str]
    ) -> tuple[bool, bool, float]:
        """Place of a configuration of a family, the lowest first."""
        new = family not in tried
        # Ensembles live on difference, which a gain of the best single model does not tell.
        rate = gain_per_second(gain, seconds) * (_NEW_FAMILY if new else 1)
        cheap = new and seconds <= _CHEAP * self._plan.search_seconds
        # The first result of a family tells whether another one is worth its time.
        return family in waited, not cheap, -rate

    def proposed(
        self, good: Sequence[Trial], begun: frozenset[str] | set[str]
    ) -> Iterator[Suggested]:
        """A further configuration of a family that is doing well.

        The families of the best trials take turns, the first one most often.

        Parameters
        ----------
        good
            Trials with a score, best first.
        """
        arms = [trial.family for trial in good[:_ARMS] if trial.family in SPACES]
        if not arms:
            return
        family = arms[len(begun) % len(arms)]
        tried = [trial for trial in sorted(good, key=_ended) if trial.family == family]
        observed = [
            Observation(
                trial.configuration.known.tried,
                trial.loss,
                trial.fold_seconds if self._timed else None,
            )
            for trial in tried
        ]
        sampler = ForestSampler(SPACES[family], self._plan.problem.seed + len(begun))
        proposal = sampler.propose(observed)
        configuration = self._plan.terms.configuration(family, proposal.params)
        if configuration.id not in begun:
            usual = sorted(trial.fold_seconds for trial in tried)[len(tried) // 2]
            yield self._suggested(configuration, proposal.seconds or usual, "proposal")

    def fruitless(self, trials: Sequence[Trial], members: dict[str, float]) -> bool:
        """Whether the newest proposals have all failed to enter the ensemble."""
        planned = {each.id for each in self._plan.configurations}
        proposed = [trial for trial in sorted(trials, key=_ended) if trial.id not in planned]
        newest = proposed[-_FRUITLESS:]
        return len(newest) == _FRUITLESS and not any(trial.id in members for trial in newest)

    def _recorded(self, knowledge: Knowledge) -> dict[str, Configuration]:
        """Further configurations of which results are known, by key."""
        from automl_tasks.models import FAMILIES

        plan, found = self._plan, dict[str, Configuration]()
        worth = revisited(knowledge, plan.fingerprint, plan.metric)
        for key, known in knowledge.candidates(plan.task).items():
            family = FAMILIES.get(known.family) if key in worth else None
            if family is not None and family.supports(
                plan.task, plan.searched_rows, len(plan.roles)
            ):
                found[key] = plan.terms.configuration(known.family, known.tried)
        return found

    @property
    def _timed(self) -> bool:
        """With a budget in trials nothing may depend on the clock."""
        return self._plan.trials is None

    def _finished(self, trial: Trial) -> Finished:
        usual = trial.fold_seconds / trial.configuration.effort
        return Finished(trial.loss, usual if trial.ok and self._timed else None)

    def _suggested(
        self, configuration: Configuration, seconds: float, why: Why, gain: float | None = None
    ) -> Suggested:
        from automl_tasks.models import FAMILIES

        family = FAMILIES[configuration.family]
        usual = self._prior(family.name, self._size) if family.fits_into_time else 0.0
        useful = usual * configuration.effort
        return Suggested(configuration, seconds, useful, family.keeps_time, why, gain)

    def _prior(self, family: str, size: Size) -> float:
        return prior_seconds(family, size, self._plan.threads)


def _ended(trial: Trial) -> str:
    return min(record.finished_at for record in trial.records) + trial.id
