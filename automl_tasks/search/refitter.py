"""Refit an ensemble's members within what is left of the budget."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.errors import SearchError
from automl_tasks.search.budget import Clock, part_seconds, spent_seconds
from automl_tasks.search.configurations import fallback_configuration
from automl_tasks.search.cost import refit_seconds
from automl_tasks.search.ledger import Trial
from automl_tasks.search.plan import Plan, run_key
from automl_tasks.search.process import ChildFailure, ModelProcess
from automl_tasks.search.selection import Selection
from automl_tasks.search.worker import opening_request
from automl_tasks.store import Store

__all__ = ["Refit", "Refitter"]

_ASSESS_SHARE = 0.04  # of the budget, left to the assessment
_FIRST_SECONDS = 120.0  # the first member gets its chance, whatever is left
_SOFT = 0.85  # of a refit's limit, after which boosting stops by itself


@dataclass(frozen=True)
class Refit:
    """A refitted member and what its saved files predict for the holdout."""

    trial: Trial
    weight: float
    rows: int
    holdout: NDArray[Any]


class Refitter:
    """Refits members in a child process, the heaviest first, while there is time.

    Attributes
    ----------
    notes
        Sentences on the members that were left out.
    """

    def __init__(self, store: Store, plan: Plan) -> None:
        key = run_key(plan.problem.name, plan.run)
        self._plan = plan
        self._spent = spent_seconds(store, key) - part_seconds(store, key, "candidate")
        self._clock = Clock(store, key, "candidate")
        self._child = ModelProcess(
            opening_request(store, plan.problem.name, plan.run),
            threads=plan.threads,
            memory_gb=plan.memory_gb,
            log=store.path(f"{key}/logs/candidate.log"),
            on_tick=self._clock.tick,
        )
        fallback = fallback_configuration(plan.configurations)
        self._configurations = {each.id: each for each in (*plan.configurations, fallback)}
        self.notes: list[str] = []

    def __enter__(self) -> Refitter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.kill()
        self._clock.save()

    def refit(self, selection: Selection, folder: Path) -> list[Refit]:
        """Refit what fits into the time; weights are rescaled to sum to 1.

        Parameters
        ----------
        folder
            Takes one folder a member, named by its trial.

        Raises
        ------
        SearchError
            When no trial could be refitted.
        """
        done: list[Refit] = []
        for trial, weight in selection.chosen:
            done += self._one(trial, weight, folder, needed=not done)
        for trial in selection.others:
            if done:
                break
            done += self._one(trial, 1.0, folder, needed=True)
        if not done:
            raise SearchError(
                f"no trial could be refitted on all rows: {'; '.join(self.notes[:3])}",
                where=f"{self._plan.problem.name}, run {self._plan.run!r}",
                remedy="Raise the budget's minutes or memory_gb",
            )
        total = sum(refit.weight for refit in done)
        return [Refit(r.trial, r.weight / total, r.rows, r.holdout) for r in done]

    def _one(self, trial: Trial, weight: float, folder: Path, *, needed: bool) -> list[Refit]:
        """The refitted member, or nothing and a note."""
        self._child.open(limit=max(self._left(), _FIRST_SECONDS))
        left = self._left()
        rows = self._rows(trial, left)
        if not needed and refit_seconds(trial, rows) > left:
            self.notes.append(f"{trial.id} (weight {weight:.2f}) left out: no time to refit it")
            return []
        # A model that may take longer than what is left still aims at what its folds took.
        aim = _SOFT * max(left, 1.5 * refit_seconds(trial, rows))
        limit = max(left, _FIRST_SECONDS) if needed else left
        try:
            return [self._ask(trial, weight, rows, folder, seconds=aim, limit=limit)]
        except ChildFailure as failure:
            self.notes.append(f"{trial.id} (weight {weight:.2f}) left out: {failure.reason}")
            return []

    def _ask(
        self, trial: Trial, weight: float, rows: int, folder: Path, *, seconds: float, limit: float
    ) -> Refit:
        with tempfile.TemporaryDirectory() as scratch:
            predictions = Path(scratch) / "holdout.npy"
            member = Path(scratch) / "member"
            self._child.ask(
                {
                    "do": "refit",
                    "configuration": self._configurations[trial.id].model_dump(),
                    "iterations": trial.iterations,
                    "rows": rows,
                    "seconds": seconds,
                    "folder": str(member),
                    "predictions": str(predictions),
                },
                limit=limit,
            )
            folder.mkdir(exist_ok=True)
            shutil.copytree(member, folder / trial.id)
            return Refit(trial, weight, rows, np.load(predictions, allow_pickle=False))

    def _rows(self, trial: Trial, left: float) -> int:
        """Training rows: all, unless only the search's sample can be trained in time."""
        limited = self._configurations[trial.id].rows
        every = self._plan.develop_rows
        if limited is not None:
            return min(limited, every)
        if self._plan.search_rows is not None and refit_seconds(trial, every) > left:
            return self._plan.search_rows
        return every

    def _left(self) -> float:
        plan = self._plan
        return plan.budget_seconds * (1 - _ASSESS_SHARE) - self._spent - self._clock.elapsed
