"""The answers of an anytime benchmark: by budget, and those of the references."""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from comparison import constant_score
from noise import Difference, difference
from tables import Entry

REFERENCES = ("lightgbm", "linear")


@dataclass(frozen=True)
class Run:
    """One model on one table: ours with a budget, or a reference.

    Attributes
    ----------
    loss
        1 - AUC, log loss or RMSE on the test rows; of a failed run the constant predictor's.
    """

    name: str
    table: str
    seed: int
    loss: float
    failed: bool
    fit: float | None
    predictions: Path


@dataclass(frozen=True)
class Case:
    """One table with one seed.

    Attributes
    ----------
    ours
        By seconds of budget.
    references
        By name.
    """

    entry: Entry
    seed: int
    ours: dict[int, Run]
    references: dict[str, Run]


@dataclass(frozen=True)
class Step:
    """A later answer beside an earlier one."""

    case: Case
    earlier: int
    later: int
    difference: Difference


def own_path(folder: Path, entry: Entry, seed: int, budget: int) -> Path:
    return folder / f"nightshift_{entry.name}_s{seed}_{budget}.json"


def reference_path(folder: Path, name: str, entry: Entry, seed: int) -> Path:
    return folder / f"reference-{name}_{entry.name}_s{seed}.json"


def read_case(entry: Entry, seed: int, seconds: Sequence[int], options: argparse.Namespace) -> Case:
    """What is known of a table and a seed."""
    folder = options.results
    ours = {each: own_path(folder, entry, seed, each) for each in seconds}
    known = {name: reference_path(folder, name, entry, seed) for name in REFERENCES}
    return Case(
        entry=entry,
        seed=seed,
        ours={
            budget: read_run(f"{budget} s", entry, seed, path, options)
            for budget, path in ours.items()
            if path.exists()
        },
        references={
            name: read_run(name, entry, seed, path, options)
            for name, path in known.items()
            if path.exists()
        },
    )


def read_run(name: str, entry: Entry, seed: int, path: Path, options: argparse.Namespace) -> Run:
    found = json.loads(path.read_text())
    score = found.get("score")
    failed = score is None or bool(found.get("error"))
    if failed:
        score = constant_score(options.results, options.data, entry.name, str(seed), entry.task)
    return Run(
        name=name,
        table=entry.name,
        seed=seed,
        loss=1 - score if entry.task == "binary" else score,
        failed=failed,
        fit=found.get("fit_s"),
        predictions=path.with_suffix(".npz"),
    )


def compared(entry: Entry, first: Run, second: Run) -> Difference:
    """How much worse the second is; a failed run is surely worse, and no worse than another."""
    if first.failed or second.failed:
        return Difference(second.loss - first.loss, 0.0)
    with np.load(first.predictions) as one, np.load(second.predictions) as other:
        return difference(entry.metric, one["y"], one["prediction"], other["prediction"])


def steps(case: Case) -> list[Step]:
    """Every pair of budgets."""
    return [
        Step(case, earlier, later, compared(case.entry, case.ours[earlier], case.ours[later]))
        for earlier, later in combinations(sorted(case.ours), 2)
    ]


def relative(case: Case) -> dict[int, float]:
    """Loss over that of the better reference, by seconds."""
    best = max(min(each.loss for each in case.references.values()), 1e-9)
    return {seconds: run.loss / best for seconds, run in case.ours.items()}


def geometric(values: Sequence[float]) -> float:
    return math.exp(statistics.fmean(math.log(max(value, 1e-9)) for value in values))


def mean_curve(cases: Sequence[Case]) -> dict[int, float]:
    """Geometric mean of the relative losses at the budgets that every case has."""
    known = [relative(case) for case in cases if len(case.references) == len(REFERENCES)]
    shared = sorted(set.intersection(*(set(each) for each in known))) if known else []
    return {seconds: geometric([each[seconds] for each in known]) for seconds in shared}


def beats_both(name: str, known: Sequence[Case], budget: int) -> bool:
    """Whether the mean loss over the seeds is below that of either reference."""
    own = [case for case in known if case.entry.name == name]
    return bool(own) and all(
        statistics.fmean(case.ours[budget].loss for case in own)
        < statistics.fmean(case.references[each].loss for case in own)
        for each in REFERENCES
    )
