"""Whether a replay came to the same candidate, bit by bit, and where it first differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.search.assembly import Member
from automl_tasks.search.candidate import Candidate, load_candidate
from automl_tasks.search.decisions import Begun, read_decisions
from automl_tasks.search.holdout_table import holdout_prediction
from automl_tasks.search.ledger import FoldRecord, Ledger
from automl_tasks.search.plan import load_plan, run_key
from automl_tasks.search.surroundings import changes, merged
from automl_tasks.store import Store

__all__ = ["Comparison", "compare_runs"]

_DECIDED = ("calibration", "decision", "group_decision", "offset", "conformal")


class Comparison(BaseModel):
    """A run beside its replay.

    Attributes
    ----------
    same
        Whether out-of-fold predictions, members, weights, decisions and holdout predictions are
        equal in every bit.
    folds
        Number of the run's folds that ended well: those that a replay fits again.
    difference
        The first one, in words; empty where there is none.
    changed
        Libraries, code and machine that are not as they were, in words.
    message
        All that in a sentence.
    """

    run: str
    replay: str
    same: bool
    folds: int
    difference: str
    changed: list[str]
    message: str


def compare_runs(store: Store, name: str, run: str, replay: str) -> Comparison:
    """Compare what two finished runs have in their ledgers and candidates.

    Raises
    ------
    SearchError
        When one of them has no candidate.
    """
    pair = _Pair(store, name, run, replay)
    difference = next(pair.differences(), "")
    changed = list(changes(_surroundings(store, name, run), _surroundings(store, name, replay)))
    return Comparison(
        run=run,
        replay=replay,
        same=not difference,
        folds=len(pair.records),
        difference=difference,
        changed=changed,
        message=_message(len(pair.records), difference, changed),
    )


class _Pair:
    """The run and its replay."""

    def __init__(self, store: Store, name: str, run: str, replay: str) -> None:
        self._store = store
        self._plans = [load_plan(store, name, each) for each in (run, replay)]
        self._ledgers = [Ledger(store, run_key(name, each)) for each in (run, replay)]
        self._candidates = [load_candidate(store, name, each) for each in (run, replay)]
        self.records = [each for trial in self._ledgers[0].good() for each in trial.good]

    def differences(self) -> Iterator[str]:
        """What differs, from the folds to the predictions of the holdout."""
        again = {
            (each.configuration.id, each.fold): each
            for trial in self._ledgers[1].trials()
            for each in trial.records
        }
        for record in self.records:
            yield from self._fold(record, again.get((record.configuration.id, record.fold)))
        yield from _students(self._ledgers[0], self._candidates[0])
        yield from _members(*self._candidates)
        for field in _DECIDED:
            if getattr(self._candidates[0], field) != getattr(self._candidates[1], field):
                yield f"the {field.replace('_', ' ')} fitted on out-of-fold predictions differs"
        then, now = (holdout_prediction(self._store, plan) for plan in self._plans)
        if not _same_bits(then, now):
            yield f"the holdout predictions differ{_by(then, now)}"

    def _fold(self, record: FoldRecord, again: FoldRecord | None) -> Iterator[str]:
        trial, fold = record.configuration.id, record.fold
        if again is None:
            yield f"{trial}, fold {fold}: it was not fitted again"
            return
        if again.status != "ok":
            yield f"{trial}, fold {fold}: it ended well then, now: {again.reason}"
            return
        if again.iterations != record.iterations:
            yield (
                f"{trial}, fold {fold}: {again.iterations} iterations in place of "
                f"{record.iterations}"
            )
        then, now = (ledger.out_of_fold(trial, [fold]) for ledger in self._ledgers)
        if not (_same_bits(then.rows, now.rows) and _same_bits(then.prediction, now.prediction)):
            parts = _by(then.prediction, now.prediction)
            yield f"{trial}, fold {fold}: the out-of-fold predictions differ{parts}"


def _students(ledger: Ledger, candidate: Candidate) -> Iterator[str]:
    trials = {trial.id for trial in ledger.trials()}
    for member in candidate.members:
        if member.trial not in trials:
            yield (
                f"member {member.name} was trained on the ensemble's answers, to keep the "
                "problem's limits: a replay ends with the ensemble"
            )


def _members(then: Candidate, now: Candidate) -> Iterator[str]:
    before, after = ([each.name for each in one.members] for one in (then, now))
    if before != after:
        yield f"the members are {', '.join(after)} in place of {', '.join(before)}"
        return
    for one, other in zip(then.members, now.members, strict=True):
        for field in Member.model_fields:
            was, is_now = getattr(one, field), getattr(other, field)
            if was != is_now:
                yield f"member {one.name}: {field} {is_now} in place of {was}"


def _same_bits(one: NDArray[Any], other: NDArray[Any]) -> bool:
    alike = (one.dtype, one.shape) == (other.dtype, other.shape)
    return alike and one.tobytes() == other.tobytes()


def _by(one: NDArray[Any], other: NDArray[Any]) -> str:
    return f" by up to {np.abs(one - other).max():.3g}" if one.shape == other.shape else ""


def _surroundings(store: Store, name: str, run: str) -> dict[str, str]:
    """Of all attempts of a run's workers, and of its ensemble."""
    lines = read_decisions(store, run_key(name, run))
    return merged([line.surroundings for line in lines if isinstance(line, Begun)])


def _message(folds: int, difference: str, changed: list[str]) -> str:
    if not difference:
        return f"the same candidate, bit by bit, from {folds} folds that were fitted again"
    reasons = "; ".join(changed) or "libraries, code and machine are as they were"
    return f"not the same candidate: {difference} ({reasons})"
