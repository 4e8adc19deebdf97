"""The trials of a run, on disk: what is in the ledger survives a crash and is never repeated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.store import Store

__all__ = ["Ledger", "OutOfFold", "Trial", "TrialStatus"]

TrialStatus = Literal["ok", "failed", "timeout", "memory"]


class Trial(BaseModel):
    """What became of one configuration.

    Attributes
    ----------
    score, loss
        On the pooled out-of-fold predictions, by the run's metric; None unless status is ok.
    iterations
        Median boosting rounds over the folds; None for models without rounds.
    seconds, train_rows
        Wall-clock time of the whole trial, and training rows summed over its folds: together
        they tell what a refit will cost.
    """

    id: str
    family: str
    params: dict[str, Any]
    status: TrialStatus
    reason: str = ""
    metric: str
    score: float | None = None
    loss: float | None = None
    fold_scores: list[float | None] = []
    iterations: int | None = None
    seconds: float = 0.0
    train_rows: int = 0
    peak_mb: float | None = None
    finished_at: str = ""


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of rows by models that did not train on them.

    Attributes
    ----------
    rows, folds
        (n,) positions in the snapshot, and the fold in which each was predicted; all folds are 0
        where rows of different folds may be scored together.
    prediction
        (n,) values or (n, k) probabilities, float32.
    """

    rows: NDArray[np.int64]
    folds: NDArray[np.int64]
    prediction: NDArray[np.float32]

    def in_row_order(self) -> OutOfFold:
        order = np.argsort(self.rows)
        return OutOfFold(self.rows[order], self.folds[order], self.prediction[order])


class Ledger:
    """Reads and writes the trials of one run.

    Parameters
    ----------
    store, run_key
        Where the run lives: ``NAME/runs/RUN``.
    """

    def __init__(self, store: Store, run_key: str) -> None:
        self._store, self._run_key = store, run_key
        self._known: dict[str, Trial] = {}

    def trials(self) -> list[Trial]:
        """Every finished trial, failed ones too, best first."""
        for name in self._store.list(f"{self._run_key}/trials"):
            if name not in self._known:
                manifest = self._store.read_json(f"{self._key(name)}/manifest.json")
                self._known[name] = Trial.model_validate(manifest)
        return sorted(
            self._known.values(),
            key=lambda trial: (trial.loss if trial.loss is not None else np.inf, trial.id),
        )

    def good(self) -> list[Trial]:
        """Trials with a score, best first."""
        return [trial for trial in self.trials() if trial.status == "ok"]

    def finished(self, trial_id: str) -> bool:
        return trial_id in self._known or self._store.exists(self._key(trial_id))

    @contextmanager
    def claim(self, trial_id: str) -> Iterator[bool]:
        """Take a trial for this process; the kernel gives it back when the process dies.

        Yields
        ------
        bool
            False when another worker is at it, or has finished it.
        """
        with self._store.lock(f"{self._key(trial_id)}", wait=False) as mine:
            yield mine and not self.finished(trial_id)

    def record(self, trial: Trial, predictions: OutOfFold | None = None) -> None:
        """Write a finished trial, with its predictions when it has any."""
        with self._store.new_folder(self._key(trial.id)) as folder:
            if predictions is not None:
                np.savez(folder / "oof.npz", **asdict(predictions))
            (folder / "manifest.json").write_text(trial.model_dump_json(indent=2))

    def out_of_fold(self, trial_id: str) -> OutOfFold:
        """The predictions of a good trial."""
        path: Path = self._store.path(f"{self._key(trial_id)}/oof.npz")
        with np.load(path, allow_pickle=False) as arrays:
            return OutOfFold(**arrays)

    def commonest_reasons(self, count: int = 3) -> list[str]:
        """Why trials failed, commonest first; numbers that differ between trials are ignored."""
        failed = [trial for trial in self.trials() if trial.status != "ok"]
        alike = Counter(re.sub(r"\d+(\.\d+)?", "#", trial.reason) for trial in failed)
        example = {re.sub(r"\d+(\.\d+)?", "#", trial.reason): trial.reason for trial in failed}
        return [f"{example[shape]} ({times}x)" for shape, times in alike.most_common(count)]

    def _key(self, trial_id: str) -> str:
        return f"{self._run_key}/trials/{trial_id}"
