"""Nightshift as one of the systems that a comparison of AutoML systems runs.

    .venv/bin/python benchmarks/peer_entry.py TRAIN.csv TEST.csv TARGET TASK BUDGET_S OUT.json

TASK is binary, multiclass or regression. OUT.json gets score (ROC AUC for binary, log loss for
multiclass, RMSE for regression) on TEST, fit_s, predict_s, startup_s (imports and reading), the
peak of the summed memory of this process and all below it in MB, and error. Two cores are used.
With PEER_PREDICTIONS=FILE.npz in the environment, labels and predictions of TEST are kept as well:
y, and prediction (n,) or (n, classes).
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    import pandas as pd

# Called from anywhere, by the path of this file alone.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

STARTED = time.monotonic()  # before anything heavy is imported
CORES = 2
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
_EVERY = 0.25


class Watch(threading.Thread):
    """Peak memory of this process and all below it; ends a run that never comes back."""

    def __init__(self, result: dict[str, Any], out: Path, limit: float) -> None:
        super().__init__(daemon=True)
        self._result, self._out, self._limit = result, out, limit
        self._peak, self._ended = 0, threading.Event()

    def run(self) -> None:
        process = psutil.Process()
        while not self._ended.wait(_EVERY):
            self._peak = max(self._peak, sum(map(memory, [process, *children(process)])))
            if time.monotonic() - STARTED > self._limit:
                self._result["error"] = f"hard limit of {self._limit:.0f} s passed"
                self.write()
                for child in children(process):
                    child.kill()
                os._exit(3)

    def end(self) -> None:
        self._ended.set()
        self.join()
        self.write()

    def write(self) -> None:
        self._result["peak_rss_mb"] = round(self._peak / 2**20, 1)
        self._result["wall_s"] = round(time.monotonic() - STARTED, 2)
        self._out.write_text(json.dumps(self._result, indent=1))


def memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def main() -> int:
    train, test, target, task, budget, out = sys.argv[1:7]
    seconds = float(budget)
    result: dict[str, Any] = {
        "name": "nightshift",
        "version": installed_version(),
        "task": task,
        "budget_s": seconds,
        "metric_name": METRICS[task],
        "score": None,
        "error": None,
    }
    watch = Watch(result, Path(out), float(os.environ.get("PEER_HARD_LIMIT_S", 3 * seconds + 120)))
    watch.start()
    try:
        use_cores(CORES)
        measure(result, Path(train), Path(test), target, task, seconds)
    except Exception as error:
        result["error"] = f"{type(error).__name__}: {error}"[:500]
        result["traceback"] = traceback.format_exc()[-2000:]
    watch.end()
    shown = ("name", "task", "fit_s", "predict_s", "peak_rss_mb", "metric_name", "score", "error")
    print(json.dumps({key: result.get(key) for key in shown}))
    return 0 if result["error"] is None else 1


def measure(
    result: dict[str, Any], train: Path, test: Path, target: str, task: str, seconds: float
) -> None:
    """Fit, predict and score, and write the times into the result."""
    from automl_tasks import AutoMLClassifier, AutoMLRegressor

    learned, asked = read_table(train), read_table(test)
    kind = AutoMLRegressor if task == "regression" else AutoMLClassifier
    model = kind(minutes=seconds / 60, metric=METRICS[task], holdout=0)
    ready = time.monotonic()
    result["startup_s"] = round(ready - STARTED, 2)
    model.fit(learned.drop(columns=target), learned[target])
    fitted = time.monotonic()
    result["fit_s"] = round(fitted - ready, 2)
    result["over_budget"] = round((fitted - ready) / seconds, 3)
    result["n_trials"] = len(model.leaderboard_)
    result["members"] = int((model.leaderboard_["weight"] > 0).sum())
    rows = asked.drop(columns=target)
    predicted = model.predict(rows) if task == "regression" else model.predict_proba(rows)
    result["predict_s"] = round(time.monotonic() - fitted, 3)
    classes = [] if task == "regression" else [str(each) for each in model.classes_]
    report(result, asked[target], predicted, task, classes)


def read_table(path: Path) -> pd.DataFrame:
    """A table of the comparison: an empty field is the only missing value."""
    import pandas as pd

    return pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)


def report(
    result: dict[str, Any], y: pd.Series, predicted: Any, task: str, classes: list[str]
) -> None:
    """Write the scores into the result and, where it is wanted, the predictions into a file."""
    import numpy as np

    truth, prediction = aligned(y, predicted, task, classes)
    result.update(scores(truth, prediction, task))
    if kept := os.environ.get("PEER_PREDICTIONS"):
        np.savez_compressed(kept, y=truth, prediction=prediction)


def aligned(y: pd.Series, predicted: Any, task: str, classes: list[str]) -> tuple[Any, Any]:
    """Values, or class codes with the probabilities of all classes in the order of their names.

    A class that training did not have gets probability 1e-15.
    """
    import numpy as np

    if task == "regression":
        return y.to_numpy(dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    names, truth = np.unique([*y.astype(str), *classes], return_inverse=True)
    probability = np.zeros((len(y), len(names)))
    probability[:, np.searchsorted(names, classes)] = predicted
    probability = np.clip(probability, 1e-15, 1)
    return truth[: len(y)], probability / probability.sum(axis=1, keepdims=True)


def scores(truth: Any, prediction: Any, task: str) -> dict[str, float]:
    """The comparison's metrics of what `aligned` gave."""
    import numpy as np
    from sklearn import metrics

    if task == "regression":
        rmse = float(metrics.mean_squared_error(truth, prediction) ** 0.5)
        return {"score": rmse, "r2": float(metrics.r2_score(truth, prediction))}
    codes = np.arange(prediction.shape[1])
    log_loss = float(metrics.log_loss(truth, prediction, labels=codes))
    accuracy = float(np.mean(prediction.argmax(axis=1) == truth))
    found = {"accuracy": accuracy, "log_loss": log_loss, "score": log_loss}
    if task == "binary":
        found["score"] = float(metrics.roc_auc_score(truth == 1, prediction[:, 1]))
    return found


def use_cores(count: int) -> None:
    """Bind this process, and so all below it, to as many cores as every system gets."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def installed_version() -> str | None:
    try:
        return version("nightshift")
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
