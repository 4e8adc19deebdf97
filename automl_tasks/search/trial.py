"""One trial, in the child process: every fold of one configuration, written to the ledger."""

from __future__ import annotations

import resource
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.fitting import fit_rows, hold_back
from automl_tasks.search.ledger import OutOfFold, Trial
from automl_tasks.search.metrics import loss_by_fold, score, score_of_loss
from automl_tasks.search.plan import Plan
from automl_tasks.search.split import Fold, fold_rows, sample_rows
from automl_tasks.search.table import Table

__all__ = ["run_trial"]


def run_trial(table: Table, configuration: Configuration, seconds: float) -> Trial:
    """Fit and predict every fold; record the trial before answering.

    Parameters
    ----------
    seconds
        For all folds; what remains is divided among the folds that remain.

    Raises
    ------
    ValueError
        When the predictions have no score.
    """
    plan, start = table.plan, time.monotonic()
    _reset_peak_memory()
    folds = _folds(table, configuration)
    predictions, iterations = [], []
    for position, (train, valid) in enumerate(folds):
        left = seconds - (time.monotonic() - start)
        fitting, stopping = hold_back(table, configuration.family, train)
        share = max(0.1, left / (len(folds) - position))
        fit = fit_rows(table, configuration, fitting, valid=stopping, seconds=share)
        predictions.append(fit.predict(table, valid))
        if fit.fitted is not None and fit.fitted.iterations is not None:
            iterations.append(fit.fitted.iterations)
    found = _out_of_fold(plan, folds, predictions)
    value = loss_by_fold(plan.metric, table.y[found.rows], found.prediction, found.folds)
    if np.isnan(value):
        raise ValueError(f"the out-of-fold predictions have no {plan.metric}")
    trial = Trial(
        id=configuration.id,
        family=configuration.family,
        params=configuration.params,
        status="ok",
        metric=plan.metric,
        score=score_of_loss(plan.metric, value),
        loss=value,
        fold_scores=_fold_scores(table, folds, predictions),
        iterations=round(float(np.median(iterations))) if iterations else None,
        seconds=round(time.monotonic() - start, 3),
        train_rows=sum(len(train) for train, _ in folds),
        peak_mb=_peak_memory_mb(),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    table.ledger.record(trial, found)
    return trial


def _folds(table: Table, configuration: Configuration) -> list[Fold]:
    """The run's folds, or fresh ones on the few rows of a configuration that is limited to them."""
    if configuration.rows is None:
        return table.split.folds
    problem = table.plan.problem
    rows = sample_rows(table.split.develop, configuration.rows, problem)
    return fold_rows(rows, table.y[rows], configuration.folds, problem)


def _out_of_fold(plan: Plan, folds: list[Fold], predictions: list[NDArray[Any]]) -> OutOfFold:
    sizes = [len(valid) for _, valid in folds]
    numbers = np.arange(len(folds)) if plan.problem.split == "time" else np.zeros(len(folds))
    return OutOfFold(
        rows=np.concatenate([valid for _, valid in folds]),
        folds=np.repeat(numbers.astype(np.int64), sizes),
        prediction=np.concatenate(predictions).astype(np.float32),
    )


def _fold_scores(
    table: Table, folds: list[Fold], predictions: list[NDArray[Any]]
) -> list[float | None]:
    scores = [
        score(table.plan.metric, table.y[valid], prediction)
        for (_, valid), prediction in zip(folds, predictions, strict=True)
    ]
    return [None if np.isnan(value) else value for value in scores]


def _reset_peak_memory() -> None:
    """Let the kernel count this trial's peak from here (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory_mb() -> float:
    """Of this trial where the kernel tells, else of the process."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
