"""A quick model on given rows, judged on later ones beside its elders; in the child process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.fitting import Fit, fit_rows, spread
from automl_tasks.search.labels import Labels
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.member import SavedMember, save_member
from automl_tasks.search.plan import Plan, load_plan, run_key
from automl_tasks.search.split import Split
from automl_tasks.search.table import Table
from automl_tasks.store import Store

__all__ = ["IMPORTANCE", "LABELS", "MODELS", "PREDICTIONS", "ROWS", "compare_shadows"]

ROWS, LABELS, PREDICTIONS = "rows.parquet", "labels.npz", "predictions.npz"
MODELS, IMPORTANCE = "models", "importance.json"
_ROUNDS, _SECONDS = 100, 120.0
_SHUFFLED_ROWS = 1_000
_FEW_ROWS, _SOME_ROWS = 600, 5_000


def compare_shadows(
    store: Store,
    name: str,
    run: str,
    *,
    folder: Path,
    sets: list[str],
    elders: list[str],
    importance: bool,
) -> dict[str, Any]:
    """Train on each set of rows and predict the judged ones, by the elders, too.

    Parameters
    ----------
    run
        Whose plan says what the columns are.
    folder
        Holds the raw rows (``rows.parquet``, without the target), their ``labels.npz`` (`develop`
        is every row that a model learns from, `holdout` the judged ones) and a file of positions
        ``SET.npy`` for each set.
    sets
        Each one's model is saved as ``models/SET``.
    elders
        Folders of models that were saved so.
    importance
        Whether to measure what the first model makes of each column.

    Returns
    -------
    dict
        ``predictions.npz`` holds (n,) values or (n, classes) probabilities of the judged rows by
        set, and by elder as ``elder_0``, ``elder_1``, …; what could not learn two classes, or
        learned others than there are now, is missing from it.
    """
    plan, labels = load_plan(store, name, run), Labels.read(folder / LABELS)
    frame = pd.read_parquet(folder / ROWS)
    split = Split(labels.develop, labels.holdout, [(labels.develop, labels.holdout)])
    table = Table(plan, frame, labels, split, Ledger(store, run_key(name, run)))
    said: dict[str, NDArray[Any]] = {}
    for each in sets:
        fit = _fit(table, np.load(folder / f"{each}.npy"))
        if fit.fitted is not None:
            said[each] = fit.predict(table, labels.holdout)
            _save(fit, plan, folder / MODELS / each)
            if importance and each == sets[0]:
                _write_importance(table, np.load(folder / f"{each}.npy"), folder / MODELS / each)
    rows = frame.iloc[labels.holdout]
    for at, elder in enumerate(elders):
        if _classes(Path(elder)) == plan.classes:
            said[f"elder_{at}"] = _predict(Path(elder), rows, table.classes)
    np.savez(folder / PREDICTIONS, allow_pickle=False, **said)
    return {"sets": [each for each in sets if each in said]}


def _fit(table: Table, rows: NDArray[np.int64]) -> Fit:
    plan = table.plan
    configuration = Configuration(
        id="shadow", family="lightgbm", params=_params(len(rows), plan), folds=1
    )
    return fit_rows(table, configuration, rows, valid=None, seconds=_SECONDS, iterations=_ROUNDS)


def _params(rows: int, plan: Plan) -> dict[str, Any]:
    leaves = 7 if rows < _FEW_ROWS else 15 if rows < _SOME_ROWS else 31
    return {"learning_rate": 0.1, "num_leaves": leaves if plan.task != "multiclass" else 15}


def _save(fit: Fit, plan: Plan, folder: Path) -> None:
    save_member(fit, folder)
    (folder / "classes.json").write_text(json.dumps(plan.classes))
    np.save(folder / "present.npy", fit.present)


def _write_importance(table: Table, rows: NDArray[np.int64], folder: Path) -> None:
    """By raw column, how far predictions move on average when its values are shuffled."""
    rng = np.random.default_rng(table.plan.problem.seed)
    frame = table.frame.iloc[np.sort(rng.permutation(rows)[:_SHUFFLED_ROWS])]
    shuffled, model = rng.permutation(len(frame)), SavedMember(folder)
    usual = model.predict(frame)
    moved = {
        name: model.predict(frame.assign(**{name: frame[name].to_numpy()[shuffled]}))
        for name in table.plan.roles
        if name in frame
    }
    shares = {name: float(np.abs(said - usual).mean()) for name, said in moved.items()}
    (folder / IMPORTANCE).write_text(json.dumps(shares))


def _classes(folder: Path) -> list[str] | None:
    classes: list[str] | None = json.loads((folder / "classes.json").read_text())
    return classes


def _predict(folder: Path, rows: pd.DataFrame, classes: int) -> NDArray[Any]:
    return spread(SavedMember(folder).predict(rows), np.load(folder / "present.npy"), classes)
