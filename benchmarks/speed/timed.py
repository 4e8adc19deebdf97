"""Times of a package: many rows, one row, through MLflow, loading."""

from __future__ import annotations

import json
import logging
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pandas as pd

from automl_tasks.deliver.signature import signature
from automl_tasks.serve import load

__all__ = ["package_times"]

_SINGLE = 400


def package_times(folder: Path, rows: pd.DataFrame, scratch: Path) -> dict[str, float]:
    """Rows a second and milliseconds a row of a package.

    Parameters
    ----------
    rows
        Raw rows without target.
    scratch
        For the MLflow models that are made.
    """
    begin = time.perf_counter()
    model = load(folder)
    loaded = time.perf_counter() - begin
    one = load(folder, threads=1)
    model.predict(rows.iloc[:3_000])
    p50, p99 = single(model.predict, rows)
    through, _ = single(pyfunc(folder, scratch / "ours", "automl_tasks.serve.mlflow_loader"), rows)
    bare, _ = single(pyfunc(bare_data(folder, scratch), scratch / "bare", "speed.bare"), rows)
    return {
        "rows_per_second": batch(model.predict, rows),
        "rows_per_second_one_thread": batch(one.predict, rows),
        "one_row_p50_ms": p50,
        "one_row_p99_ms": p99,
        "pyfunc_p50_ms": through,
        "bare_pyfunc_p50_ms": bare,
        "load_seconds": loaded,
        "size_mb": sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6,
        "members": float(len(model.members)),
    }


def batch(predict: Callable[[pd.DataFrame], Any], rows: pd.DataFrame, repeats: int = 3) -> float:
    """Rows a second, the best of some calls: what else the machine does is not ours."""
    least = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        predict(rows)
        least = min(least, time.perf_counter() - begin)
    return len(rows) / least


def single(predict: Callable[[pd.DataFrame], Any], rows: pd.DataFrame) -> tuple[float, float]:
    """Median and 99th percentile of the milliseconds that one row takes."""
    alone = [rows.iloc[[at]] for at in range(min(_SINGLE, len(rows)))]
    for each in alone[:20]:
        predict(each)
    took = []
    for each in alone:
        begin = time.perf_counter()
        predict(each)
        took.append(1000 * (time.perf_counter() - begin))
    return median(took), quantiles(took, n=100)[98]


def bare_data(folder: Path, scratch: Path) -> Path:
    """What the model that does nothing reads."""
    described = json.loads((folder / "model.json").read_text())
    columns = ["prediction", *(f"probability_{name}" for name in described["classes"] or ())]
    data = scratch / "bare-data"
    data.mkdir(parents=True, exist_ok=True)
    (data / "columns.txt").write_text("\n".join(columns))
    (data / "model.json").write_text(json.dumps(described))
    return data


def pyfunc(data: Path, path: Path, loader: str) -> Callable[[pd.DataFrame], Any]:
    """An MLflow model with the signature of a package, saved and loaded."""
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.pyfunc.save_model(
            path,
            loader_module=loader,
            data_path=str(data),
            pip_requirements=["numpy"],
            signature=signature(json.loads((data / "model.json").read_text())),
        )
        return mlflow.pyfunc.load_model(str(path)).predict
