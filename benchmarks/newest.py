"""Whether a search in time order should also choose how many of the newest rows its models learn.

    .venv/bin/python benchmarks/newest.py --data DIR --sets a,b [--ends 0.55,0.7,0.85]

DIR holds catalog.csv (columns name, file, target, task, time_column) and its files. Up to each end
of a stream four LightGBM models of all rows, that differ in their seeds, and four of all, a half, a
quarter and an eighth of the rows compete: greedy selection on the newest fold, or the two newest,
of four forward-chaining ones, then a refit on the newest rows. The next 15 % of the stream, which
nobody has seen, give the loss: 1 - AUC, or RMSE. Prints a line a stream and end.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from tables import Entry, read_catalog, read_rows

from automl_tasks.search import loss
from automl_tasks.search.ensemble import blend, greedy_weights

Array = np.ndarray[Any, Any]
Spec = tuple[float, int]  # share of the rows, seed
ARMS: dict[str, list[Spec]] = {
    "all rows": [(1.0, seed) for seed in range(4)],
    "newest": [(1.0, 0), (0.5, 0), (0.25, 0), (0.125, 0)],
}
LEAST, ROUNDS, PATIENCE, BLOCK = 500, 1_000, 50, 0.15
PARAMS = {
    "learning_rate": 0.05,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.9,
    "bagging_freq": 1,
    "num_threads": 1,
    "verbose": -1,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", required=True, help="names, separated by commas")
    parser.add_argument("--ends", default="0.55,0.7,0.85", help="shares of a stream")
    options = parser.parse_args()
    catalog = read_catalog(options.data)
    for name in options.sets.split(","):
        entry = catalog[name]
        X, y = features(entry)
        for end in map(float, options.ends.split(",")):
            found = {
                f"{arm}, {folds} fold{'s'[: folds - 1]}": chosen(entry, X, y, end, specs, folds)
                for arm, specs in ARMS.items()
                for folds in (1, 2)
            }
            words = ", ".join(f"{arm}: {value:.4g}" for arm, value in found.items())
            print(f"{name} up to {end:g}: {words}", flush=True)
    return 0


def features(entry: Entry) -> tuple[pd.DataFrame, Array]:
    """Numbers, dates as numbers, and categories; labels as numbers."""
    frame = read_rows(entry, seed=0, most=100_000)
    target = frame.pop(entry.target)
    y = target.to_numpy(float) if entry.task == "regression" else pd.factorize(target, sort=True)[0]
    return frame.apply(_column), np.asarray(y)


def _column(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    dates = pd.to_datetime(values, errors="coerce", format="ISO8601")
    if dates.notna().mean() > 0.9:
        return (dates - dates.min()).dt.total_seconds()
    return values.astype(str).astype("category")


def chosen(
    entry: Entry, X: pd.DataFrame, y: Array, end: float, specs: Sequence[Spec], folds: int
) -> float:
    """Loss on the unseen block of the ensemble that the newest folds choose."""
    count, stop = round(end * len(y)), round((end + BLOCK) * len(y))
    cuts = np.round(np.linspace(0.4, 1.0, 5) * count).astype(int)
    newest = list(pairwise(cuts))[::-1][:folds]
    told, rounds = [], []
    for share, seed in specs:
        most = max(LEAST, round(share * count))
        models = [
            trained(entry, X, y, slice(max(0, cut - most), cut), slice(cut, last), seed)
            for cut, last in newest
        ]
        parts = [
            predicted(model, X[cut:last]) for model, (cut, last) in zip(models, newest, strict=True)
        ]
        told.append(np.concatenate(parts))
        rounds.append(round(float(np.median([model.best_iteration for model in models]))))
    truth = np.concatenate([y[cut:last] for cut, last in newest])
    weights = greedy_weights(told, truth, entry.metric)
    final = [
        predicted(_refit(entry, X, y, spec, count, number), X[count:stop])
        for spec, number in zip(specs, rounds, strict=True)
    ]
    value = loss(entry.metric, y[count:stop], blend(final, weights.tolist()))
    return float("nan") if value is None else value


def trained(
    entry: Entry, X: pd.DataFrame, y: Array, rows: slice, valid: slice, seed: int
) -> lightgbm.Booster:
    """Stopped early by the rows that follow."""
    known = lightgbm.Dataset(X[rows], y[rows])
    checked = lightgbm.Dataset(X[valid], y[valid], reference=known)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    return lightgbm.train(
        _params(entry, seed), known, ROUNDS, valid_sets=[checked], callbacks=[stop]
    )


def _refit(
    entry: Entry, X: pd.DataFrame, y: Array, spec: Spec, count: int, rounds: int
) -> lightgbm.Booster:
    share, seed = spec
    rows = slice(max(0, count - max(LEAST, round(share * count))), count)
    return lightgbm.train(_params(entry, seed), lightgbm.Dataset(X[rows], y[rows]), rounds)


def _params(entry: Entry, seed: int) -> dict[str, Any]:
    objective = "regression" if entry.task == "regression" else "binary"
    return {**PARAMS, "objective": objective, "seed": seed}


def predicted(model: lightgbm.Booster, rows: pd.DataFrame) -> Array:
    """Values, or probabilities of both classes."""
    found = np.asarray(model.predict(rows))
    binary = model.params["objective"] == "binary"
    return np.column_stack([1 - found, found]) if binary else found


if __name__ == "__main__":
    sys.exit(main())
