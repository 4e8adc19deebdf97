"""Refit one member of the ensemble, in the child process, and predict the holdout with it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.fitting import fit_rows
from automl_tasks.search.member import SavedMember
from automl_tasks.search.split import sample_rows
from automl_tasks.search.table import Table

__all__ = ["refit_member"]

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
    predictions: Path,
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
    predictions
        File that takes the holdout predictions (npy).

    Raises
    ------
    ValueError
        When the saved member does not predict what the fitted one does.
    """
    start = time.monotonic()
    train = sample_rows(table.split.develop, rows, table.plan.problem)
    fit = fit_rows(table, configuration, train, valid=None, seconds=seconds, iterations=iterations)
    if fit.fitted is None:
        raise ValueError("the training rows have one class only")
    folder.mkdir(parents=True)
    fit.fitted.save(folder)
    (folder / "pipeline.json").write_text(json.dumps(fit.pipeline.state(), allow_nan=False))
    saved = SavedMember(folder, threads=table.plan.threads)
    prediction = saved.predict(table.frame.iloc[table.split.holdout])
    _check_parity(fit.predict(table, table.split.holdout[:_CHECKED_ROWS]), prediction)
    np.save(predictions, prediction)
    return {"seconds": round(time.monotonic() - start, 3), "rows": len(train)}


def _check_parity(fitted: NDArray[Any], saved: NDArray[Any]) -> None:
    saved = saved[: len(fitted)]
    if not np.allclose(fitted, saved, rtol=_TOLERANCE, atol=_TOLERANCE):
        worst = float(np.max(np.abs(fitted - saved)))
        raise ValueError(f"the saved model predicts differently (by up to {worst:.3g})")
