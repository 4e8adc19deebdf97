"""What a comparison of AutoML systems wrote: runs, ranks and rescaled losses.

Rank and rescaled loss are taken within each table and seed: rank 1 is the lowest loss (1 - AUC, log
loss or RMSE), ties share the mean rank; rescaled, the best loss is 0 and the worst 1. A run that
failed gets the loss of the constant predictor, as in the AutoML Benchmark.

References
----------
Gijsbers et al. (2024): AMLB: an AutoML Benchmark. Journal of Machine Learning Research 25.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"(?P<peer>[^_]+)_(?P<table>.+)_s(?P<seed>\d+)_(?P<budget>\d+)\.json")
Case = tuple[str, int]


@dataclass(frozen=True)
class Run:
    """One system on one table with one seed."""

    peer: str
    case: Case
    budget: int
    task: str
    score: float
    failed: bool
    fit: float | None
    predict: float | None
    peak_mb: float | None

    @property
    def loss(self) -> float:
        return 1 - self.score if self.task == "binary" else self.score


@dataclass(frozen=True)
class Summary:
    """One system over all tables and seeds of a budget."""

    peer: str
    rank: float
    rescaled: float
    wins: int
    failures: int
    fit_mean: float
    fit_max: float
    predict: float
    peak_mb: float


def read_runs(folder: Path, data: Path | None) -> list[Run]:
    """Every run in the folder; failed ones with the constant predictor's score."""
    named = [
        (found, path)
        for path in sorted(folder.glob("*.json"))
        if (found := NAME.fullmatch(path.name))
    ]
    contents = [(found, json.loads(path.read_text())) for found, path in named]
    tasks = {found["table"]: each["task"] for found, each in contents if each.get("task")}
    runs = []
    for found, each in contents:
        task, score = tasks[found["table"]], each.get("score")
        failed = score is None or score != score or bool(each.get("error"))
        if failed:
            score = constant_score(folder, data, found["table"], found["seed"], task)
        runs.append(
            Run(
                peer=found["peer"],
                case=(found["table"], int(found["seed"])),
                budget=int(found["budget"]),
                task=task,
                score=float(score),
                failed=failed,
                fit=each.get("fit_s"),
                predict=each.get("predict_s"),
                peak_mb=each.get("peak_rss_mb"),
            )
        )
    return runs


def constant_score(folder: Path, data: Path | None, table: str, seed: str, task: str) -> float:
    """What the mean, or the class shares, of the training rows score on the test rows."""
    if task == "binary":
        return 0.5
    if data is None:
        sys.exit(f"a run on {table} failed: name the folder of catalog.csv with --data")
    import numpy as np
    import pandas as pd

    catalog = pd.read_csv(data / "catalog.csv").set_index("name")
    target = catalog.loc[table, "target"]
    train, test = (
        pd.read_csv(
            folder / f"{table}_s{seed}_{part}.csv",
            usecols=[target],
            keep_default_na=False,
            na_values=[""],
        )[target]
        for part in ("train", "test")
    )
    if task == "regression":
        return float(((test - train.mean()) ** 2).mean() ** 0.5)
    shares = train.astype(str).value_counts(normalize=True)
    return float(-np.log(test.astype(str).map(shares)).mean())


def comparable(runs: list[Run]) -> list[Run]:
    """Runs of the tables and seeds that every system has run: a rank needs the same rivals."""
    peers, by_case = {run.peer for run in runs}, defaultdict(set)
    for run in runs:
        by_case[run.case].add(run.peer)
    return [run for run in runs if by_case[run.case] == peers]


def summarise(runs: list[Run], budget: int) -> list[Summary]:
    """One line for each system, the best mean rank first."""
    losses: dict[Case, dict[str, float]] = defaultdict(dict)
    for run in runs:
        losses[run.case][run.peer] = run.loss
    lines = []
    for peer in sorted({run.peer for run in runs}):
        own = [run for run in runs if run.peer == peer]
        ranks = [rank(each[peer], list(each.values())) for each in losses.values()]
        fits = [run.fit / budget for run in own if run.fit]
        lines.append(
            Summary(
                peer=peer,
                rank=statistics.mean(ranks),
                rescaled=statistics.mean(
                    rescaled(each[peer], each.values()) for each in losses.values()
                ),
                wins=ranks.count(1),
                failures=sum(run.failed for run in own),
                fit_mean=statistics.mean(fits) if fits else float("nan"),
                fit_max=max(fits, default=float("nan")),
                predict=median_high(run.predict for run in own),
                peak_mb=max(run.peak_mb or 0 for run in own),
            )
        )
    return sorted(lines, key=lambda line: (line.rank, line.rescaled))


def rank(loss: float, losses: list[float]) -> float:
    """1 for the lowest; ties share the mean of their ranks."""
    return sorted(losses).index(loss) + 1 + (losses.count(loss) - 1) / 2


def rescaled(loss: float, losses: Iterable[float]) -> float:
    """0 for the best loss, 1 for the worst."""
    values = list(losses)
    return (loss - min(values)) / ((max(values) - min(values)) or 1)


def median_high(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return statistics.median_high(known) if known else float("nan")
