"""What a consumer gets: the answers of training, reasons that add up, honest intervals.

Each problem is searched, packaged and registered. Then a clean virtual environment is made from the
package's own requirements; plain MLflow loads the model there and answers the held-out rows, read
from a CSV file as text. Compared are the answers of training, as the search stored them.

    benchmarks/delivery.py dags/problems/*.yaml --seconds 60 --json delivery.json
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CONSUMER = """
import json, sys, time
start = time.perf_counter()
import mlflow, pandas as pd
imported = time.perf_counter()
model = mlflow.pyfunc.load_model(sys.argv[1])
loaded = time.perf_counter()
rows = pd.read_csv("rows.csv", keep_default_na=False, dtype=object)
model.predict(rows).to_csv("answer.csv", index=False)
print(json.dumps({"import": imported - start, "load": loaded - imported}))
"""
_EXPLAINED = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problems", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NIGHTSHIFT_HOME"] = folder
        for path in options.problems:
            found.append(measure(path, Path(folder), options.seconds))
            told = table(found[-1:])
            print(told if len(found) == 1 else told.splitlines()[-1], flush=True)
            if options.json:
                options.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0


def measure(path: Path, folder: Path, seconds: float) -> dict[str, Any]:
    """Search a problem, deliver its model and look at it as a consumer."""
    from automl_tasks.search import holdout_prediction, load_labels, load_plan
    from automl_tasks.serve import load
    from automl_tasks.store import open_store

    store = open_store(str(folder / "store"))
    problem, uri = deliver(path, store, seconds)
    plan = load_plan(store, problem.name, "r1")
    from automl_tasks.ingest import load_snapshot

    frame = load_snapshot(store, problem.name, plan.snapshot).read()
    held = frame.iloc[load_labels(store, plan).holdout].drop(columns=problem.target)
    stored = holdout_prediction(store, plan)
    answer, times = as_consumer(uri, held, folder)
    model = load(store.path(f"{problem.name}/runs/r1/package"))
    return {
        "problem": problem.name,
        "task": plan.task,
        "rows": len(held),
        "members": len(model.members),
        "difference": difference(answer, stored, plan.classes),
        "load_seconds": round(times["load"], 2),
        "import_seconds": round(times["import"], 2),
        "reasons_error": reasons_error(model, held),
        **{
            f"coverage_{level}": coverage(model, held, frame.loc[held.index, problem.target], level)
            for level in (0.8, 0.9, 0.95)
        },
        "ordered": problem.time is not None or plan.problem.split == "time",
    }


def deliver(path: Path, store: Any, seconds: float) -> tuple[Any, str]:
    """The whole chain; returns the problem and the folder of the registered model."""
    import mlflow

    from automl_tasks.assess import assess
    from automl_tasks.assess.explanation import explain_run
    from automl_tasks.deliver import build_package, register
    from automl_tasks.deliver.registry import registry
    from automl_tasks.ingest import publish, take_snapshot
    from automl_tasks.problem import load_problem
    from automl_tasks.search import build_candidate, make_plan, run_worker

    problem = load_problem(path)
    snapshot = take_snapshot(problem, store)
    publish(store, snapshot)
    name = problem.name
    make_plan(problem, store, snapshot.id, "r1", minutes=seconds / 60)
    run_worker(store, name, "r1")
    build_candidate(store, name, "r1")
    assess(store, name, "r1")
    explain_run(store, name, "r1")
    build_package(store, name, "r1")
    registered = register(store, name, "r1")
    with registry() as client:
        source = client.get_model_version(name, str(registered.version)).source
        return problem, str(Path(mlflow.artifacts.download_artifacts(source)).resolve())


def as_consumer(
    uri: str, rows: pd.DataFrame, folder: Path
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Answer and seconds of plain MLflow in an environment of the package's requirements alone."""
    home = folder / "consumer"
    home.mkdir()
    rows.to_csv(home / "rows.csv", index=False)
    python = str(home / "env" / "bin" / "python")
    uv = [sys.executable, "-m", "uv"]
    clean = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")
    }

    def run(*command: str) -> str:
        return subprocess.run(
            command, check=True, cwd=home, env=clean, stdout=subprocess.PIPE, text=True
        ).stdout

    run(*uv, "venv", "--quiet", "--python", sys.executable, str(home / "env"))
    run(*uv, "pip", "install", "--quiet", "--python", python, "-r", f"{uri}/requirements.txt")
    # The first one writes Python's caches.
    said = [run(python, "-c", CONSUMER, uri) for _ in range(2)]
    answer = pd.read_csv(home / "answer.csv", keep_default_na=False, na_values=[""])
    shutil.rmtree(home)
    return answer, json.loads(said[-1].splitlines()[-1])


def difference(answer: pd.DataFrame, stored: np.ndarray, classes: list[str] | None) -> float:
    """Greatest difference between a consumer's answers and those of training, relative above 1."""
    names = [f"probability_{each}" for each in classes] if classes else ["prediction"]
    said = answer[names].to_numpy(dtype=np.float64).reshape(stored.shape)
    return float(np.max(np.abs(said - stored) / (1 + np.abs(stored))))


def reasons_error(model: Any, rows: pd.DataFrame) -> float:
    """By how much base and contributions together miss the answer, relative to its size."""
    from automl_tasks.serve.attribution import attribute
    from automl_tasks.serve.columns import select_columns

    frame = select_columns(rows.iloc[:_EXPLAINED], model.columns, model.info["missing"])
    found = attribute(model, frame)
    answers = np.asarray(model.predict_raw(frame)).reshape(len(frame), -1)
    explained = answers[:, -found.answers.shape[1] :]
    return float(np.max(np.abs(found.answers - explained) / (1 + np.abs(explained))))


def coverage(model: Any, rows: pd.DataFrame, truth: pd.Series, level: float) -> float:
    """Share of the rows whose truth lies in the interval, or in the set of classes."""
    answer = model.predict(rows, interval=level)
    if model.info["classes"] is None:
        values = truth.to_numpy(dtype=np.float64)
        inside = (answer["lower"].to_numpy() <= values) & (values <= answer["upper"].to_numpy())
    else:
        names = [{str(label) for label in json.loads(each)} for each in answer["set"]]
        inside = [label in names[at] for at, label in enumerate(truth.astype(str))]
    return float(np.mean(inside))


def table(found: list[dict[str, Any]]) -> str:
    """Markdown."""
    columns = list(found[0])
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    for each in found:
        cells = [
            f"{value:.3g}" if isinstance(value, float) else str(value) for value in each.values()
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(code)
