"""Turn chosen trials into saved models, within what is left of the budget."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.errors import SearchError
from automl_tasks.search.budget import Clock, part_seconds, spent_seconds
from automl_tasks.search.cost import refit_seconds
from automl_tasks.search.crew import Crew, Done
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.plan import Plan, run_key
from automl_tasks.search.recorded import recorded_refits
from automl_tasks.search.refit import PREDICTION
from automl_tasks.search.selection import Selection
from automl_tasks.search.worker import opening_request
from automl_tasks.store import Store

__all__ = ["Assembly", "Member", "Part", "trial_weights"]

_ASSESS_SHARE = 0.02  # of the budget, left to the assessment
_SOFT = 0.85  # of a refit's limit, after which boosting stops by itself
_NEEDED_SECONDS = 120.0  # without any model yet, one is waited for, whatever is left


class Member(BaseModel):
    """A saved model of the ensemble; the weights of all members sum to 1.

    Attributes
    ----------
    name
        Of its folder.
    fold
        The fold whose model it is; None: refitted on all rows.
    rows
        It was trained on.
    steps, planned
        Of a refit, as a `FoldRecord` has them.
    """

    name: str
    trial: str
    family: str
    weight: float
    iterations: int | None
    fold: int | None
    rows: int
    steps: int | None = None
    planned: int | None = None


def trial_weights(members: Sequence[Member]) -> dict[str, float]:
    """Weight of each trial: of all its members together."""
    weights: dict[str, float] = {}
    for member in members:
        weights[member.trial] = weights.get(member.trial, 0.0) + member.weight
    return weights


@dataclass(frozen=True)
class Part:
    """A member and what its saved files predict for the holdout."""

    member: Member
    holdout: NDArray[Any]


class Assembly:
    """Saves the members of an ensemble into one folder.

    Where folds are bagged, a trial contributes the models of its folds, which are there already.
    Else it is refitted on all rows, the heaviest first, while there is time; without, the model of
    its first fold stands in, so no chosen trial is lost to the clock.

    Parameters
    ----------
    folder
        Takes one folder a member.

    Attributes
    ----------
    clock
        Of this part of the run.
    notes
        Sentences on what could not be done as it was wanted.
    """

    def __init__(self, store: Store, plan: Plan, ledger: Ledger, crew: Crew, folder: Path) -> None:
        key = run_key(plan.problem.name, plan.run)
        self.store, self.plan, self.ledger = store, plan, ledger
        self.crew, self._folder = crew, folder
        self._spent = spent_seconds(store, key) - part_seconds(store, key, "candidate")
        self.clock = Clock(store, key, "candidate")
        self.notes: list[str] = []
        self._recorded = recorded_refits(store, plan)

    def build(self, selection: Selection, *, bagged: bool | None = None) -> list[Part]:
        """Save the members of the chosen trials; weights are rescaled to sum to 1.

        What an earlier call has saved is thrown away.

        Parameters
        ----------
        bagged
            Whether to take the models of a trial's folds; default: as planned.

        Raises
        ------
        SearchError
            When no trial has a model, nor can be refitted.
        """
        self._empty()
        bags = selection.chosen if (self.plan.bagged if bagged is None else bagged) else []
        members = [member for trial, weight in bags for member in self._bag(trial, weight)]
        known = {member.trial for member in members}
        single = [pair for pair in selection.chosen if pair[0].id not in known]
        members += self._refits(single, needed=not members)
        for trial in selection.others:
            if members:
                break
            members += self._refits([(trial, 1.0)], needed=True)
        if not members:
            raise SearchError(
                f"no trial could be refitted on all rows: {'; '.join(self.notes[:3])}",
                where=f"{self.plan.problem.name}, run {self.plan.run!r}",
                remedy="Raise the budget's minutes or memory_gb",
            )
        total = sum(member.weight for member in members)
        members = [each.model_copy(update={"weight": each.weight / total}) for each in members]
        return [Part(member, self._holdout(member)) for member in members]

    def adopt(self, member: Member, folder: Path) -> list[Part]:
        """Let a model that was saved elsewhere be the only member."""
        self._empty()
        shutil.copytree(folder, self._folder / member.name)
        return [Part(member, self._holdout(member))]

    def folders(self, parts: Sequence[Part]) -> list[Path]:
        """Where the members are saved."""
        return [self._folder / part.member.name for part in parts]

    def left(self) -> float:
        """Seconds of the budget that the assessment does not need."""
        plan = self.plan
        return plan.budget_seconds * (1 - _ASSESS_SHARE) - self._spent - self.clock.elapsed

    def _empty(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()

    def _bag(self, trial: Trial, weight: float) -> list[Member]:
        """The fold models of a trial, or nothing."""
        trained = [record.fold for record in trial.trained]
        folds = [fold for fold in trained if self.ledger.member(trial.id, fold).is_dir()]
        if trial.configuration.rows is not None:
            return []
        return [self._copied(trial, fold, weight / len(folds)) for fold in sorted(folds)]

    def _copied(self, trial: Trial, fold: int, weight: float) -> Member:
        record = next(record for record in trial.good if record.fold == fold)
        name = f"{trial.id}.{fold}"
        shutil.copytree(self.ledger.member(trial.id, fold), self._folder / name)
        return Member(
            name=name,
            trial=trial.id,
            family=trial.family,
            weight=weight,
            iterations=record.iterations,
            fold=fold,
            rows=record.train_rows,
        )

    def _refits(self, chosen: Sequence[tuple[Trial, float]], *, needed: bool) -> list[Member]:
        """Refitted members; those that had no time or failed are replaced by a fold's model."""
        weights = {trial.id: weight for trial, weight in chosen}
        waiting, done = [trial for trial, _ in chosen], dict[str, Member]()
        if waiting:
            self.crew.open(opening_request(self.store, self.plan.problem.name, self.plan.run))
        while waiting or self.crew.busy:
            while waiting and self.crew.idle:
                self._begin(waiting.pop(0), needed=needed and not done)
            for ended in self.crew.wait(self.clock.tick):
                trial: Trial = ended.job
                if self._kept(ended):
                    done[trial.id] = self._refitted(trial, weights[trial.id], ended)
        missing = [trial for trial, _ in chosen if trial.id not in done]
        stand_ins = [
            self._copied(trial, fold, weights[trial.id])
            for trial in missing
            for fold in self.plan.fold_order[:1]
            if self.ledger.member(trial.id, fold).is_dir()
        ]
        # Not in the order in which they ended: a sum of floats depends on it.
        return [*(done[trial.id] for trial, _ in chosen if trial.id in done), *stand_ins]

    def _begin(self, trial: Trial, *, needed: bool) -> None:
        left = self.left()
        has_model = self.ledger.member(trial.id, self.plan.fold_order[0]).is_dir()
        must = needed and not has_model
        recorded = None if self._recorded is None else self._recorded.get(trial.id)
        if self._recorded is not None and recorded is None:
            self.notes.append(f"{trial.id}: not refitted in run {self.plan.replays} either")
            return
        rows = self._rows(trial, left) if recorded is None else recorded.rows
        predicted = refit_seconds(trial, rows)
        if not must and predicted > left:
            self.notes.append(f"{trial.id}: no time to refit it on all rows")
            return
        request = {
            "do": "refit",
            "configuration": trial.configuration.model_dump(),
            "iterations": trial.iterations,
            "rows": rows,
            # A model that may take longer than what is left still aims at what its folds took.
            "seconds": _SOFT * max(left, 1.5 * predicted if must else 0.0),
            "folder": str(self._folder / trial.id),
            "pace": None if recorded is None else recorded.pace,
        }
        self.crew.begin(trial, request, limit=max(left, _NEEDED_SECONDS) if must else left)

    def _kept(self, ended: Done) -> bool:
        if ended.failure is None:
            return True
        self.notes.append(f"{ended.job.id}: no refit on all rows: {ended.failure.reason}")
        shutil.rmtree(self._folder / ended.job.id, ignore_errors=True)
        return False

    def _refitted(self, trial: Trial, weight: float, ended: Done) -> Member:
        return Member(
            name=trial.id,
            trial=trial.id,
            family=trial.family,
            weight=weight,
            iterations=trial.iterations,
            fold=None,
            rows=int(ended.result["rows"]),
            steps=ended.result["steps"],
            planned=ended.result["planned"],
        )

    def _holdout(self, member: Member) -> NDArray[Any]:
        """Holdout predictions of a saved member; of a copied one they are made now."""
        folder = self._folder / member.name
        if not (folder / PREDICTION).exists() and self.plan.holdout_rows:
            self._predict(member)
        if not (folder / PREDICTION).exists():
            return np.empty((0, len(self.plan.classes)) if self.plan.classes else 0)
        prediction: NDArray[Any] = np.load(folder / PREDICTION, allow_pickle=False)
        (folder / PREDICTION).unlink()
        return prediction

    def _predict(self, member: Member) -> None:
        self.crew.open(opening_request(self.store, self.plan.problem.name, self.plan.run))
        request = {"do": "predict", "folder": str(self._folder / member.name)}
        self.crew.begin(member, request, limit=_NEEDED_SECONDS)
        for ended in self.crew.wait(self.clock.tick):
            if ended.failure is not None:
                raise SearchError(
                    f"the model {member.name} cannot predict: {ended.failure.reason}",
                    where=f"{self.plan.problem.name}, run {self.plan.run!r}",
                    remedy=f"Read {self.crew.log}",
                )

    def _rows(self, trial: Trial, left: float) -> int:
        """Training rows: all, unless only the search's sample can be trained in time."""
        limited = trial.configuration.rows
        every = self.plan.develop_rows
        if limited is not None:
            return min(limited, every)
        if self.plan.search_rows is not None and refit_seconds(trial, every) > left:
            return self.plan.search_rows
        return every
