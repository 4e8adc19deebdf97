"""One fold of one configuration, in the child process, written to the ledger."""

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
from automl_tasks.search.fitting import fit_rows
from automl_tasks.search.ledger import FoldRecord, OutOfFold
from automl_tasks.search.member import save_member
from automl_tasks.search.metrics import loss
from automl_tasks.search.split import Fold, fold_rows, sample_rows
from automl_tasks.search.table import Table

__all__ = ["run_fold"]

_CUT = 0.9  # of its seconds: a training that took longer was ended by the clock


def run_fold(
    table: Table,
    configuration: Configuration,
    fold: int,
    seconds: float,
    repeats: FoldRecord | None = None,
) -> FoldRecord:
    """Fit on a fold's training rows, predict its others; record both before answering.

    Parameters
    ----------
    fold
        Position in the run's folds.
    seconds
        Boosting stops by itself by then.
    repeats
        Of another run, whose training is repeated: what the clock decided there holds here.

    Raises
    ------
    ValueError
        When the predictions have no score.
    """
    from automl_tasks.models import Pace

    plan, start = table.plan, time.monotonic()
    _reset_peak_memory()
    train, valid = _folds(table, configuration)[fold]
    own = fold if configuration.rows is None else None
    given = None if repeats is None else Pace(repeats.steps, repeats.planned)
    fit = fit_rows(table, configuration, train, valid=valid, seconds=seconds, fold=own, pace=given)
    late = time.monotonic() - start > _CUT * seconds
    pace = Pace() if fit.fitted is None else fit.fitted.pace
    prediction = fit.predict(table, valid)
    weight = table.labels.weight_of(valid)
    value: float | None = loss(plan.measure, table.y[valid], prediction, weight)
    if value is None or np.isnan(value):
        if not np.isfinite(prediction).all():
            raise ValueError("the model predicts values that are not finite")
        value = None  # the fold's rows do not determine the metric: one class only
    record = FoldRecord(
        configuration=configuration,
        fold=fold,
        status="ok",
        loss=value,
        log_loss=_log_loss(table, valid, prediction),
        iterations=fit.fitted.iterations if fit.fitted is not None else None,
        cut=late if repeats is None else repeats.cut,
        steps=pace.steps,
        planned=pace.planned,
        seconds=round(time.monotonic() - start, 3),
        train_rows=len(train),
        valid_rows=len(valid),
        peak_mb=_peak_memory_mb(),
        finished_at=datetime.now(UTC).isoformat(timespec="microseconds"),
    )
    found = OutOfFold(valid, np.full(len(valid), fold), prediction.astype(np.float32))
    save = None if fit.fitted is None else lambda folder: save_member(fit, folder)
    table.ledger.record(record, found, save)
    return record


def _log_loss(table: Table, rows: NDArray[np.int64], prediction: NDArray[Any]) -> float | None:
    """Of the probabilities behind the labels, where the metric is one of labels."""
    measure = table.plan.measure
    if not (measure.tuned and table.classes):
        return None
    value = loss("log_loss", table.y[rows], prediction, table.labels.weight_of(rows))
    return None if np.isnan(value) else value


def _folds(table: Table, configuration: Configuration) -> list[Fold]:
    """The run's folds, or fresh ones on the few rows of a configuration that is limited to them."""
    if configuration.rows is None:
        return table.split.folds
    problem = table.plan.problem
    rows = sample_rows(table.split.develop, configuration.rows, problem)
    return fold_rows(rows, table.y[rows], configuration.folds, problem, table.frame)


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
