"""The trials of a run, on disk: a fold that is in the ledger survives a crash, never repeated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.fold_losses import Offsets, mean
from automl_tasks.store import Store

__all__ = ["FoldRecord", "FoldStatus", "Ledger", "OutOfFold", "Trial"]

FoldStatus = Literal["ok", "failed", "timeout", "memory"]


class FoldRecord(BaseModel):
    """What became of one configuration on one fold.

    Attributes
    ----------
    loss
        On the fold's validation rows, by the run's metric; None unless status is ok.
    log_loss
        On the same rows where labels are scored: of trials that decide alike, the one that is
        surer of what is right is the better.
    iterations
        Boosting rounds, trees or epochs; None for models without.
    cut
        Whether the clock ended the training.
    steps, planned
        Iterations after which the training ended, the best one or not, and those of a cycle that
        was fitted into the time; with them it can be repeated. None where there were none.
    seconds
        Wall-clock time, preprocessing included.
    train_rows, valid_rows
        Of the fold.
    """

    configuration: Configuration
    fold: int
    status: FoldStatus
    reason: str = ""
    loss: float | None = None
    log_loss: float | None = None
    iterations: int | None = None
    cut: bool = False
    steps: int | None = None
    planned: int | None = None
    seconds: float = 0.0
    train_rows: int = 0
    valid_rows: int = 0
    peak_mb: float | None = None
    finished_at: str = ""


@dataclass(frozen=True)
class Trial:
    """What the folds of one configuration have come to.

    Attributes
    ----------
    records
        One a fold that was begun and ended, well or not.
    loss
        Mean over the folds that ended well, weighted by their rows; where folds are missing,
        corrected by how much harder these folds were than all for the complete trials.
    """

    configuration: Configuration
    records: Sequence[FoldRecord]
    loss: float

    @property
    def id(self) -> str:
        return self.configuration.id

    @property
    def family(self) -> str:
        return self.configuration.family

    @property
    def good(self) -> list[FoldRecord]:
        """Folds that ended well."""
        return [record for record in self.records if record.status == "ok"]

    @property
    def rank(self) -> tuple[float, float, str]:
        """By which trials are sorted, the best first."""
        log_loss = mean([(each.log_loss, each.valid_rows) for each in self.good])
        return self.loss, log_loss, self.id

    @property
    def ok(self) -> bool:
        return bool(self.good)

    @property
    def broken(self) -> bool:
        """Whether a fold failed, so that the trial will never be complete."""
        return len(self.good) < len(self.records)

    @property
    def folds(self) -> frozenset[int]:
        return frozenset(record.fold for record in self.good)

    @property
    def complete(self) -> bool:
        return len(self.good) == self.configuration.folds

    @property
    def reason(self) -> str:
        """Why a fold failed."""
        return next((each.reason for each in self.records if each.status != "ok"), "")

    @property
    def iterations(self) -> int | None:
        """Median over the folds, for a refit."""
        known = [each.iterations for each in self.good if each.iterations is not None]
        return round(median(known)) if known else None

    @property
    def cut(self) -> bool:
        """Whether the clock ended the longest training."""
        return max(self.good, key=lambda record: record.seconds).cut if self.good else False

    @property
    def trained(self) -> list[FoldRecord]:
        """Folds that ended well, without those that were cut off far earlier than others."""
        most = max((record.iterations or 0 for record in self.good), default=0)
        return [each for each in self.good if not each.cut or 2 * (each.iterations or most) >= most]

    @property
    def seconds(self) -> float:
        return sum(record.seconds for record in self.records)

    @property
    def fold_seconds(self) -> float:
        """Of one more fold."""
        return max((record.seconds for record in self.good), default=0.0)

    @property
    def row_seconds(self) -> float:
        """Seconds per training row."""
        rows = sum(record.train_rows for record in self.good)
        return sum(record.seconds for record in self.good) / max(1, rows)

    @property
    def peak_mb(self) -> float | None:
        return max((record.peak_mb or 0.0 for record in self.records), default=None)


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of rows by models that did not train on them.

    Attributes
    ----------
    rows, folds
        (n,) positions in the snapshot, and the fold in which each was predicted; in order of
        fold and row.
    prediction
        (n,) values or (n, k) probabilities, float32.
    """

    rows: NDArray[np.int64]
    folds: NDArray[np.int64]
    prediction: NDArray[np.float32]


class Ledger:
    """Reads and writes the trials of one run.

    Parameters
    ----------
    store, run_key
        Where the run lives: ``NAME/runs/RUN``.
    """

    def __init__(self, store: Store, run_key: str) -> None:
        self._store, self._run_key = store, run_key
        self._known: dict[tuple[str, str], FoldRecord] = {}
        self._predictions: dict[tuple[str, int], OutOfFold] = {}
        self._latest: tuple[Trial, ...] = ()

    def trials(self) -> list[Trial]:
        """Every trial that was begun, failed ones too, best first."""
        # Asked for many times between two folds: without a new one the answer stands.
        if self._read_new() or not self._latest:
            by_trial: dict[str, list[FoldRecord]] = {}
            for (name, _), record in sorted(self._known.items()):
                by_trial.setdefault(name, []).append(record)
            offsets = Offsets(by_trial.values())
            trials = [
                Trial(records[0].configuration, records, offsets.loss(records))
                for records in by_trial.values()
            ]
            self._latest = tuple(sorted(trials, key=lambda trial: trial.rank))
        return list(self._latest)

    def good(self) -> list[Trial]:
        """Trials with a score, best first."""
        return [trial for trial in self.trials() if trial.ok]

    def best(self) -> Trial | None:
        """The best complete trial; of those that still lack folds the score may fall again."""
        good = self.good()
        return next((trial for trial in good if trial.complete), good[0] if good else None)

    def finished(self, trial: str, fold: int) -> bool:
        return self._store.exists(self._key(trial, fold))

    @contextmanager
    def claim(self, trial: str, fold: int) -> Iterator[bool]:
        """Take a fold for this process; the kernel gives it back when the process dies.

        Yields
        ------
        bool
            False when another worker is at it, or has finished it.
        """
        with self._store.lock(self._key(trial, fold), wait=False) as mine:
            yield mine and not self.finished(trial, fold)

    def record(
        self,
        record: FoldRecord,
        predictions: OutOfFold | None = None,
        save: Callable[[Path], object] | None = None,
    ) -> None:
        """Write a finished fold, with its predictions and its model when it has any."""
        key = self._key(record.configuration.id, record.fold)
        with self._store.new_folder(key) as folder:
            if predictions is not None:
                np.savez(folder / "oof.npz", **asdict(predictions))
            if save is not None:
                save(folder / "member")
            (folder / "manifest.json").write_text(record.model_dump_json(indent=2))

    def out_of_fold(self, trial: str, folds: Sequence[int]) -> OutOfFold:
        """The predictions of folds that ended well."""
        parts = [self._predicted(trial, fold) for fold in sorted(folds)]
        return OutOfFold(
            rows=np.concatenate([part.rows for part in parts]),
            folds=np.concatenate([part.folds for part in parts]),
            prediction=np.concatenate([part.prediction for part in parts]),
        )

    def member(self, trial: str, fold: int) -> Path:
        """Folder of a fold's saved model; it need not exist."""
        return self._store.path(self._key(trial, fold)) / "member"

    def commonest_reasons(self, count: int = 3) -> list[str]:
        """Why trials failed, commonest first; numbers that differ between trials are ignored."""
        failed = [trial for trial in self.trials() if trial.broken]
        alike = Counter(re.sub(r"\d+(\.\d+)?", "#", trial.reason) for trial in failed)
        example = {re.sub(r"\d+(\.\d+)?", "#", trial.reason): trial.reason for trial in failed}
        return [f"{example[shape]} ({times}x)" for shape, times in alike.most_common(count)]

    def _read_new(self) -> bool:
        """Read the folds that have ended since the last time; whether there are any."""
        before = len(self._known)
        for trial in self._store.list(f"{self._run_key}/trials"):
            for part in self._store.list(f"{self._run_key}/trials/{trial}"):
                if (trial, part) not in self._known:
                    key = f"{self._run_key}/trials/{trial}/{part}/manifest.json"
                    record = FoldRecord.model_validate(self._store.read_json(key))
                    self._known[trial, part] = record
        return len(self._known) > before

    def _predicted(self, trial: str, fold: int) -> OutOfFold:
        if (trial, fold) not in self._predictions:
            with np.load(self._store.path(self._key(trial, fold)) / "oof.npz") as arrays:
                self._predictions[trial, fold] = OutOfFold(**arrays)
        return self._predictions[trial, fold]

    def _key(self, trial: str, fold: int) -> str:
        return f"{self._run_key}/trials/{trial}/fold-{fold}"
