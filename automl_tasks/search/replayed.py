"""The steps of a replay: the folds that a run has finished, in the order of its decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from automl_tasks.search.decisions import Decided, read_decisions
from automl_tasks.search.ledger import FoldRecord, Ledger, Trial
from automl_tasks.search.plan import Plan, run_key
from automl_tasks.search.schedule import Step
from automl_tasks.store import Store

__all__ = ["Replayed", "decided_folds"]

# Times the seconds that a fold took, and at least: nothing may end it that did not end it then.
_GENEROUS, _LEAST_SECONDS = 20.0, 600.0


class Replayed:
    """Gives the steps of another run, where a `Schedule` would decide.

    Parameters
    ----------
    plan
        Of the replay.
    ledger
        Of the replay.
    """

    def __init__(self, store: Store, plan: Plan, ledger: Ledger) -> None:
        self._ledger, self._run = ledger, str(plan.replays)
        self._records = decided_folds(store, run_key(plan.problem.name, self._run))

    def steps(self, left: float, busy: Collection[tuple[str, int]]) -> Iterator[Step]:
        """What is still to be fitted, as `Schedule.steps` gives it."""
        for record in self._waiting():
            if (record.configuration.id, record.fold) not in busy:
                seconds = min(left, max(_GENEROUS * record.seconds, _LEAST_SECONDS))
                yield Step(
                    record.configuration,
                    record.fold,
                    seconds,
                    seconds,
                    why="replay",
                    expected=record.seconds,
                    repeats=record,
                )

    def ended(self) -> str:
        """Why there is nothing left to fit; empty while there is."""
        if any(self._waiting()):
            return ""
        return f"all {len(self._records)} folds of run {self._run} were fitted again"

    def reserve(self, good: Sequence[Trial], opening: float) -> float:  # noqa: ARG002
        """No seconds: a replay has as many as it needs."""
        return 0.0

    def _waiting(self) -> Iterator[FoldRecord]:
        for record in self._records:
            if not self._ledger.finished(record.configuration.id, record.fold):
                yield record


def decided_folds(store: Store, run_key: str) -> list[FoldRecord]:
    """Folds of a run that ended well, in the order in which they were decided.

    One that was begun twice, because its worker was killed, counts where it was begun last.
    """
    decided = [line for line in read_decisions(store, run_key) if isinstance(line, Decided)]
    order = {(line.trial, line.fold): at for at, line in enumerate(decided)}
    good = [record for trial in Ledger(store, run_key).good() for record in trial.good]
    return sorted(
        good,
        key=lambda each: (
            order.get((each.configuration.id, each.fold), len(order)),
            each.finished_at,
        ),
    )
