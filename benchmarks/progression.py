"""How good a search was after each second, found afterwards from what it left in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.features import TargetCodec
from automl_tasks.search import METRICS, Plan, load_labels, score
from automl_tasks.search.ensemble import blend
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.member import SavedMember
from automl_tasks.search.plan import run_key
from automl_tasks.search.selection import Selector
from automl_tasks.store import Store

__all__ = ["Point", "progression", "reached"]


@dataclass(frozen=True)
class Point:
    """The ensemble after some seconds, of the models that had been trained on the first fold.

    Attributes
    ----------
    fold
        Score on the rows of that fold, by which the ensemble is selected.
    block
        Score on rows that nobody has seen.
    """

    seconds: float
    trials: int
    fold: float
    block: float


def progression(store: Store, plan: Plan, block: pd.DataFrame, started: float) -> list[Point]:
    """A point for each trial that ended its first fold.

    Parameters
    ----------
    block
        Raw rows with their target.
    started
        When the search began, as ``time.time`` gives it.
    """
    key, first = run_key(plan.problem.name, plan.run), plan.fold_order[0]
    ledger = Ledger(store, key)
    selector = Selector(store, plan, ledger)
    labels = load_labels(store, plan)
    truth = TargetCodec.from_state(plan.target).encode(block[plan.problem.target])
    answers = _Answers(ledger, first, block)

    def point(seconds: float, trials: Sequence[Trial]) -> Point:
        good = sorted(trials, key=lambda trial: _loss(trial, first))
        weights = selector.members(good)
        parts = [ledger.out_of_fold(name, [first]) for name in weights]
        mixed = blend([part.prediction for part in parts], list(weights.values()))
        rows = parts[0].rows
        return Point(
            seconds=round(seconds, 2),
            trials=len(trials),
            fold=score(plan.measure, labels.y[rows], mixed, labels.weight_of(rows)),
            block=score(plan.measure, truth, answers.blend(weights)),
        )

    def ended(trial: Trial) -> float:
        path = store.path(f"{key}/trials/{trial.id}/fold-{first}/manifest.json")
        return path.stat().st_mtime - started

    trials = sorted((each for each in ledger.good() if first in each.folds), key=ended)
    return [point(ended(each), trials[: at + 1]) for at, each in enumerate(trials)]


def reached(
    curve: Sequence[Point], goal: float, metric: str, rows: Literal["fold", "block"]
) -> float | None:
    """Seconds after which a curve is as good as a goal for the first time; None: never."""
    sign = 1 if METRICS[metric].greater_is_better else -1
    good = (each.seconds for each in curve if sign * getattr(each, rows) >= sign * goal)
    return next(good, None)


class _Answers:
    """What the models of a fold say of a block, each asked once."""

    def __init__(self, ledger: Ledger, fold: int, block: pd.DataFrame) -> None:
        self._ledger, self._fold, self._block = ledger, fold, block
        self._known: dict[str, NDArray[np.float64]] = {}

    def blend(self, weights: dict[str, float]) -> NDArray[np.float64]:
        for name in weights:
            if name not in self._known:
                model = SavedMember(self._ledger.member(name, self._fold))
                self._known[name] = model.predict(self._block)
        return blend([self._known[name] for name in weights], list(weights.values()))


def _loss(trial: Trial, fold: int) -> float:
    known = next(record.loss for record in trial.good if record.fold == fold)
    return float("inf") if known is None else known
