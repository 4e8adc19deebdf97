"""Grow the recorded results that the product ships: configurations by tables, loss and seconds.

    python benchmarks/knowledge.py --data FOLDER --out FILE [--tables iris,…] [--minutes 60]

FOLDER holds CSV files and ``catalog.csv`` (name, file, target, task, licence_if_known, origin).
Tables without a stated licence are left out, large ones are sampled. Each configuration is fitted
by the search's own child process, on the first folds of the plan of a 60-minute search. FILE is
written after each; what it holds already is not measured again, so the run may be cut anywhere.
The product reads ``automl_tasks/meta/recorded.json``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.features import TargetCodec, feature_columns
from automl_tasks.ingest.frame import snapshot_frame
from automl_tasks.meta import (
    SPACES,
    Knowledge,
    Known,
    Recorded,
    Result,
    describe_table,
    table_fingerprint,
)
from automl_tasks.models import FAMILIES
from automl_tasks.problem import FileSource, Problem, Task
from automl_tasks.search import Plan, make_plan
from automl_tasks.search.configurations import Configuration
from automl_tasks.search.crew import Crew
from automl_tasks.search.plan import run_key
from automl_tasks.store import Store

UNLICENSED = ("none", "unknown", "no licence")
PORTFOLIO_ROWS = (500, 1_500, 5_000, 50_000)  # a portfolio depends on the size: all are measured
RUN = "knowledge"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tables", help="names, separated by commas; default: all")
    parser.add_argument("--configurations", type=int, default=50)
    parser.add_argument("--folds", type=int, default=3, help="of five, that are fitted")
    parser.add_argument("--rows", type=int, default=20_000, help="larger tables are sampled")
    parser.add_argument("--seconds", type=float, default=60.0, help="of one fit, at most")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of the whole run")
    options = parser.parse_args()
    catalog = pd.read_csv(options.data / "catalog.csv").fillna("")
    wanted = options.tables.split(",") if options.tables else list(catalog["name"])
    end = time.monotonic() + 60 * options.minutes
    rows: list[dict[str, Any]] = catalog[catalog["name"].isin(wanted)].to_dict("records")
    for row in sorted(rows, key=lambda each: each["rows"]):
        if str(row["licence_if_known"]).lower().startswith(UNLICENSED) or not row["task"]:
            print(f"{row['name']}: left out, no licence is stated")
            continue
        with tempfile.TemporaryDirectory() as folder:
            table = open_table(row, options, Store(Path(folder)))
            if not measure(table, options, end):
                print("the time is up")
                break
    return 0


@dataclass(frozen=True)
class Table:
    """A planned table: nothing of it is kept but what `about` says."""

    store: Store
    plan: Plan
    about: Recorded


def open_table(row: dict[str, Any], options: argparse.Namespace, store: Store) -> Table:
    """Plan a search of one table of the catalogue, and describe it."""
    # An empty cell is the only missing value of these files.
    frame = pd.read_csv(options.data / row["file"], keep_default_na=False, na_values=[""])
    frame = frame[frame[row["target"]].notna()]
    if len(frame) > options.rows:
        frame = frame.sample(options.rows, random_state=0)
    problem = Problem.model_validate(
        {
            "name": row["name"],
            "source": FileSource(path=row["file"]),
            "target": row["target"],
            "task": row["task"],
            "holdout": 0.0,
            "budget": {"minutes": 60, "memory_gb": 8},
        }
    )
    plan = make_plan(problem, store, snapshot_frame(problem, store, frame).id, RUN)
    y = TargetCodec.from_state(plan.target).encode(frame[row["target"]])
    about = Recorded(
        name=row["name"],
        fingerprint=table_fingerprint(frame.columns, row["target"]),
        task=plan.task,
        metric=plan.metric,
        rows=plan.fold_rows,
        columns=len(feature_columns(plan.roles)),
        classes=len(plan.classes or ()),
        folds=plan.folds,
        threads=plan.threads,
        metafeatures=describe_table(frame, plan.roles, y, plan.task),
        results={},
        origin=row["origin"],
        licence=row["licence_if_known"],
    )
    return Table(store, plan, about)


def measure(table: Table, options: argparse.Namespace, end: float) -> bool:
    """Fit what FILE does not hold yet; False when the time is up."""
    store, about, name = table.store, table.about, table.plan.problem.name
    log = store.path("child.log")
    with Crew(1, threads=table.plan.threads, memory_gb=8, log=log) as crew:
        crew.open({"do": "open", "store": str(store.root.resolve()), "name": name, "run": RUN})
        for known in catalogue(table.plan.task, options.configurations):
            family = FAMILIES[known.family]
            if known.key in recorded(options.out, about) or not family.supports(
                about.task, about.rows, about.columns
            ):
                continue
            if time.monotonic() > end:
                return False
            result = fit(table, crew, known, min(options.folds, about.folds), options.seconds)
            store.delete(f"{run_key(name, RUN)}/trials")
            keep(options.out, about, known, result)
            shown = "failed" if result.loss is None else f"{result.loss:.5f}"
            print(f"{about.name} {known.key}: {shown} in {result.seconds:.2f} s", flush=True)
    return True


def catalogue(task: Task, most: int) -> list[Known]:
    """Every family's portfolio, then variants of each in turn; the same ones each time."""
    found = {
        known.key: known
        for rows in PORTFOLIO_ROWS
        for name, family in FAMILIES.items()
        for known in (Known.of(name, params) for params in family.portfolio(task, rows))
    }
    for known in variants():
        if len(found) >= most:
            break
        found.setdefault(known.key, known)
    return list(found.values())


def variants() -> Iterator[Known]:
    """Random points of the families' search spaces, a family at a time in turn, without end."""
    random = np.random.default_rng(0)
    while True:
        for name, space in SPACES.items():
            yield Known.of(name, space.params(random.random(len(space.dimensions))))


def fit(table: Table, crew: Crew, known: Known, folds: int, seconds: float) -> Result:
    """Loss and seconds of the first folds; no loss when one of them fails."""
    plan = table.plan
    recipe = {} if known.recipe is None else {"recipe": known.recipe}
    configuration = Configuration(
        id=known.key, family=known.family, params={**known.params, **recipe}, folds=plan.folds
    )
    losses, times, begin = [], [], time.monotonic()
    for fold in plan.fold_order[:folds]:
        request = {"do": "fold", "configuration": configuration.model_dump(), "fold": fold}
        crew.begin(fold, {**request, "seconds": seconds}, limit=2 * seconds)
        (done,) = crew.wait()
        if done.failure is not None:
            print(f"{plan.problem.name} {known.key}: {done.failure.reason}", file=sys.stderr)
            return Result(loss=None, seconds=round(time.monotonic() - begin, 3))
        losses.append(done.result["loss"])
        times.append(done.result["seconds"])
    loss = None if None in losses else float(f"{np.mean(losses):.6g}")
    return Result(loss=loss, seconds=round(float(np.median(times)), 3))


def recorded(path: Path, about: Recorded) -> set[str]:
    """Configurations that the file holds for a table."""
    if not path.exists():
        return set()
    tables = Knowledge.from_json(path.read_text()).tables
    return {
        key
        for each in tables
        if (each.fingerprint, each.metric) == (about.fingerprint, about.metric)
        for key in each.results
    }


def keep(path: Path, about: Recorded, known: Known, result: Result) -> None:
    """Add one result to the file, in one step."""
    before = Knowledge.from_json(path.read_text()) if path.exists() else Knowledge()
    added = about.model_copy(
        update={
            "results": {known.key: result},
            "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )
    after = Knowledge([*before.tables, added], {**before.configurations, known.key: known})
    staged = path.with_suffix(".new")
    staged.write_text(after.to_json() + "\n")
    staged.replace(path)


if __name__ == "__main__":
    sys.exit(main())
