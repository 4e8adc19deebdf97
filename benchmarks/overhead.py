"""What the loop costs besides the search: trigger to promoted champion, less the search's budget.

    .venv/bin/python benchmarks/overhead.py [--problem bike_sharing] [--minutes 1] [--repeats 3]

Starts Airflow and MLflow in a new home, triggers NAME.prepare, waits until the first champion of
the registry is promoted, and stops the services. Times are from the first process on warm services;
each repeat forgets the champion. The limit is the project's goal on 2 cores: 60 s.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import yaml

from automl_tasks.deliver import forget_champion
from automl_tasks.local import AirflowClient, start, stop
from automl_tasks.local.chain import Chain
from automl_tasks.problem import load_problem
from automl_tasks.settings import current_settings
from automl_tasks.store import open_store

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("prepare", "search", "promote")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problem", default="bike_sharing")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["NIGHTSHIFT_HOME"] = home
        for name in ("NIGHTSHIFT_STORE", "NIGHTSHIFT_PROBLEMS", "MLFLOW_TRACKING_URI"):
            os.environ.pop(name, None)
        overheads = measure(options.problem, options.minutes, options.repeats)
    median = statistics.median(overheads)
    print(
        f"overhead {median:.1f} s (median of {len(overheads)}: "
        f"{', '.join(f'{each:.1f}' for each in overheads)}) beside a budget of "
        f"{60 * options.minutes:.0f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    return 0 if median <= options.limit else 1


def measure(name: str, minutes: float, repeats: int) -> list[float]:
    """Overheads in seconds, one for each repeat on the same services."""
    settings = current_settings()
    problem = load_problem(copy_problem(name, minutes, settings.home / "problems"))
    store = open_store(settings.store_url)
    overheads = []
    try:
        services = start(settings, problems=[settings.home / "problems"])
        os.environ["MLFLOW_TRACKING_URI"] = services.mlflow_url
        client = AirflowClient(services)
        chain = Chain(problem, store, client)
        chain.wait_for_dags()
        for _ in range(repeats):
            store.delete(name)
            forget_champion(name)
            begin = time.monotonic()
            chain.prepare()
            version = chain.wait_for_search(set(), 60 * minutes, lambda _: None)
            promotion = chain.wait_for_promotion(version)
            if promotion.verdict != "promote":
                sys.exit(f"not promoted: {promotion.reason}")
            overheads.append(time.monotonic() - begin - 60 * minutes)
            show_tasks(client, name)
    finally:
        stop(settings)
    return overheads


def copy_problem(name: str, minutes: float, folder: Path) -> Path:
    """The sample with another budget; a path of its own, so that its source stays where it is."""
    original = ROOT / "dags" / "problems" / f"{name}.yaml"
    content = yaml.safe_load(original.read_text())
    content["source"] = str(original.parent / content["source"])
    content["budget"] = {"minutes": minutes}
    folder.mkdir(parents=True)
    copy = folder / original.name
    copy.write_text(yaml.safe_dump(content))
    return copy


def show_tasks(client: AirflowClient, name: str) -> None:
    """Seconds of each task of the newest runs."""
    for kind in KINDS:
        run = client.runs(f"{name}.{kind}", limit=1)[0]["dag_run_id"]
        tasks = client.task_instances(f"{name}.{kind}", run)
        done = sorted(
            (each["start_date"], each["task_id"], each["duration"])
            for each in tasks
            if each["start_date"] and each["duration"]
        )
        print(f"  {name}.{kind}:", ", ".join(f"{task} {seconds:.1f}" for _, task, seconds in done))


if __name__ == "__main__":
    sys.exit(main())
