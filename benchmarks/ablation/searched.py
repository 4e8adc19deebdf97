"""One search with a holdout, and what its saved models predict for that holdout."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tables import Entry, read_rows

from automl_tasks.ingest import load_snapshot
from automl_tasks.ingest.frame import snapshot_frame
from automl_tasks.problem import FileSource, Problem
from automl_tasks.search import (
    build_candidate,
    hire,
    holdout_prediction,
    load_labels,
    make_plan,
    run_worker,
)
from automl_tasks.search.ensemble import blend
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.member import SavedMember
from automl_tasks.search.plan import Plan, run_key
from automl_tasks.search.selection import Selection, Selector
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]
Chosen = Sequence[tuple[Trial, float]]

HOLDOUT = 0.25
_FRAMES = 8  # prepared holdouts that are kept: recipes are shared by many models


def run_search(
    entry: Entry,
    folder: Path,
    run: str,
    *,
    seed: int,
    seconds: float,
    rows: int,
    switch: AbstractContextManager[object] | None = None,
) -> Searched:
    """Search, or go on with a search that was cut; a finished one ends at once.

    Rows are split at random, also where they are ordered: so fold models are bagged on all sets.

    Parameters
    ----------
    switch
        Changes the search while it is open.
    """
    store = Store(folder / run)  # one each, so that no search starts from what another found
    problem = Problem.model_validate(
        {
            "name": entry.name.lower(),
            "source": FileSource(path=entry.path.name),
            "target": entry.target,
            "task": entry.task,
            "metric": entry.metric,
            "split": "random",
            "holdout": HOLDOUT,
            "seed": seed,
        }
    )
    with switch or nullcontext():
        snapshot = snapshot_frame(problem, store, read_rows(entry, seed=seed, most=rows))
        plan = make_plan(problem, store, snapshot.id, run, minutes=seconds / 60)
        if not (done := store.path(f"{run_key(problem.name, run)}/searched")).exists():
            with hire(store, plan, "search") as crew:
                run_worker(store, problem.name, run, crew=crew)
            done.touch()
    return Searched(store, plan)


@dataclass(frozen=True)
class Predicted:
    """What the fold models of a trial say of the holdout.

    Attributes
    ----------
    folds
        (folds, n) values or (folds, n, classes) probabilities.
    recipes
        (folds,) digests of the fitted preprocessing; models that share one prepare once.
    preparing, predicting
        (folds,) seconds for all rows of the holdout.
    """

    folds: Array
    recipes: Array
    preparing: Array
    predicting: Array


@dataclass(frozen=True)
class Searched:
    """A finished search."""

    store: Store
    plan: Plan

    @cached_property
    def served(self) -> Array:
        """Holdout predictions of the candidate that the search would have delivered."""
        build_candidate(self.store, self.plan.problem.name, self.plan.run)
        return holdout_prediction(self.store, self.plan)

    @property
    def key(self) -> str:
        return run_key(self.plan.problem.name, self.plan.run)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.store, self.key)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All rows, without the target."""
        snapshot = load_snapshot(self.store, self.plan.problem.name, self.plan.snapshot)
        return snapshot.read().drop(columns=self.plan.problem.target)

    @cached_property
    def holdout(self) -> Array:
        """Positions of the held-out rows."""
        return load_labels(self.store, self.plan).holdout

    @cached_property
    def y(self) -> Array:
        """Labels of the holdout, encoded."""
        return load_labels(self.store, self.plan).y[self.holdout]

    def select(self, keep: Callable[[Trial], bool] = lambda _: True) -> Selection | None:
        """The ensemble that the search would have made of some of its trials."""
        ledger = _PartOfLedger(self.store, self.key, keep)
        return Selector(self.store, self.plan, ledger).select() if ledger.good() else None

    def blend(self, chosen: Chosen, *, folds: int | None = None) -> Array:
        """Holdout predictions of a weighted mean of bags, or of the first models of each."""
        parts = [self.predicted(trial).folds[:folds].mean(axis=0) for trial, _ in chosen]
        return blend(parts, [weight for _, weight in chosen])

    def predict_seconds(self, chosen: Chosen, *, folds: int | None = None) -> float:
        """To predict the holdout on one thread, each preprocessing done once."""
        found = [self.predicted(trial) for trial, _ in chosen]
        preparing = {
            str(recipe): float(seconds)
            for each in found
            for recipe, seconds in zip(each.recipes[:folds], each.preparing[:folds], strict=True)
        }
        predicting = sum(float(each.predicting[:folds].sum()) for each in found)
        return sum(preparing.values()) + predicting

    def predicted(self, trial: Trial) -> Predicted:
        """Computed once, then read from a file beside the run."""
        path = self.store.path(f"{self.key}/ablation/{trial.id}.npz")
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            np.savez_compressed(path, **vars(self._predict(trial)))
        with np.load(path, allow_pickle=False) as arrays:
            return Predicted(**arrays)

    def _predict(self, trial: Trial) -> Predicted:
        folds = sorted(record.fold for record in trial.trained)
        members = [self.ledger.member(trial.id, fold) for fold in folds]
        found = [self._predict_one(folder) for folder in members if folder.is_dir()]
        predictions, recipes, preparing, predicting = zip(*found, strict=True)
        return Predicted(
            np.stack(predictions).astype(np.float32),
            np.array(recipes),
            np.array(preparing),
            np.array(predicting),
        )

    def _predict_one(self, folder: Path) -> tuple[Array, str, float, float]:
        from automl_tasks.serve.steps import apply_steps

        saved = SavedMember(folder)
        recipe = sha256(json.dumps(saved.steps, sort_keys=True).encode()).hexdigest()
        if recipe not in self._prepared:
            start = time.monotonic()
            prepared = apply_steps(saved.steps, self.frame.iloc[self.holdout])
            while len(self._prepared) >= _FRAMES:
                self._prepared.pop(next(iter(self._prepared)))
            self._prepared[recipe] = (prepared, time.monotonic() - start)
        prepared, preparing = self._prepared[recipe]
        start = time.monotonic()
        prediction = saved.predictor.predict(prepared)
        return prediction, recipe, preparing, time.monotonic() - start

    @cached_property
    def _prepared(self) -> dict[str, tuple[pd.DataFrame, float]]:
        """Features of the holdout by recipe, with the seconds that they took."""
        return {}


class _PartOfLedger(Ledger):
    """A ledger in which only some of the trials were ever made."""

    def __init__(self, store: Store, run_key: str, keep: Callable[[Trial], bool]) -> None:
        super().__init__(store, run_key)
        self._keep = keep

    def trials(self) -> list[Trial]:
        return [trial for trial in super().trials() if self._keep(trial)]
