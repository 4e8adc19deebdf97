"""Refit one member of the ensemble, in the child process; predict the holdout with saved ones."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.fitting import fit_rows
from automl_tasks.search.member import SavedMember, save_member
from automl_tasks.search.split import sample_rows
from automl_tasks.search.table import Table

__all__ = ["PREDICTION", "predict_holdout", "refit_member"]

PREDICTION = "holdout.npy"
_CHECKED_ROWS = 1_000
_TOLERANCE = 1e-6


def refit_member(
    table: Table,
    *,
    configuration: Configuration,
    iterations: int | None,
    rows: int | None,
    seconds: float,
    folder: Path,
    pace: dict[str, int | None] | None = None,
) -> dict[str, Any]:
    """Train on the development rows, save, load what was saved, and predict the holdout with that.

    Parameters
    ----------
    iterations
        Rounds found in the folds.
    rows
        Cap of the training rows; None: all development rows.
    folder
        Where the member is saved: ``pipeline.json``, ``model.json`` and native model files.
    pace
        Fields of the `Pace` of a refit that is repeated; None: of none.

    Raises
    ------
    ValueError
        When the saved member does not predict what the fitted one does.
    """
    from automl_tasks.models import Pace

    start = time.monotonic()
    train = sample_rows(table.split.develop, rows, table.plan.problem)
    fit = fit_rows(
        table,
        configuration,
        train,
        valid=None,
        seconds=seconds,
        iterations=iterations,
        pace=None if pace is None else Pace(**pace),
    )
    save_member(fit, folder)
    checked = train[:_CHECKED_ROWS]
    saved = SavedMember(folder, threads=table.plan.threads)
    _check_parity(fit.predict(table, checked), saved.predict(table.frame.iloc[checked]))
    predict_holdout(table, folder)
    kept = Pace() if fit.fitted is None else fit.fitted.pace
    taken = round(time.monotonic() - start, 3)
    return {"seconds": taken, "rows": len(train), **asdict(kept)}


def predict_holdout(table: Table, folder: Path) -> dict[str, Any]:
    """Predict the holdout with a saved member, beside which the predictions are written (npy)."""
    rows = table.frame.iloc[table.split.holdout]
    saved = SavedMember(folder, threads=table.plan.threads)
    shape = (0, table.classes) if table.classes else (0,)
    np.save(folder / PREDICTION, saved.predict(rows) if len(rows) else np.empty(shape))
    return {"rows": len(rows)}


def _check_parity(fitted: NDArray[Any], saved: NDArray[Any]) -> None:
    if not np.allclose(fitted, saved, rtol=_TOLERANCE, atol=_TOLERANCE):
        worst = float(np.max(np.abs(fitted - saved)))
        raise ValueError(f"the saved model predicts differently (by up to {worst:.3g})")
