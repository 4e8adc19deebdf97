"""Tables in the order of time, of which a search sees one window after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from automl_tasks.ingest import load_snapshot, take_snapshot
from automl_tasks.problem import FileSource, Problem, load_problem
from automl_tasks.store import Store

__all__ = ["SAMPLES", "Part", "Stream", "given", "sample"]

PROBLEMS = Path(__file__).resolve().parents[1] / "dags" / "problems"
SAMPLES = ("bike_sharing", "bank_marketing")
ROW_ORDER = "-"  # in place of a time column


@dataclass(frozen=True)
class Part:
    """Rows of a stream: shares of it from the oldest row on."""

    begin: float
    end: float

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        count = len(frame)
        return frame.iloc[round(self.begin * count) : round(self.end * count)]


@dataclass(frozen=True)
class Stream:
    """A problem and all of its rows as texts, the oldest first."""

    problem: Problem
    rows: pd.DataFrame

    def snapshot(self, part: Part, store: Store) -> str:
        """Take a snapshot of some rows; gives its id."""
        path = store.path("source.csv")
        part.of(self.rows).to_csv(path, index=False)
        source = self.problem.source.model_copy(update={"path": str(path)})
        return take_snapshot(self.problem.model_copy(update={"source": source}), store).id

    def frame(self, part: Part, store: Store) -> pd.DataFrame:
        """Some rows as a model gets them."""
        return load_snapshot(store, self.problem.name, self.snapshot(part, store)).read()


def sample(name: str) -> Stream:
    """A problem that the project ships."""
    return _stream(load_problem(PROBLEMS / f"{name}.yaml"))


def given(words: Sequence[str]) -> Stream:
    """A stream by the path of its CSV, its target, its time column (or -) and its task."""
    path, target, time, task = words
    timed = {"split": "time"} if time == ROW_ORDER else {"time": time}
    name = Path(path).name.split(".")[0]
    known = {"name": name, "source": path, "target": target, "task": task, **timed}
    return _stream(Problem.model_validate(known))


def _stream(problem: Problem) -> Stream:
    if not isinstance(problem.source, FileSource):
        raise TypeError(f"{problem.name} is no file")
    rows = pd.read_csv(problem.source.path, dtype=str, keep_default_na=False)
    if problem.time is not None:
        rows = rows.sort_values(problem.time, kind="stable", key=_comparable)
    # What comes later judges here, so a search may learn from all rows that it sees.
    return Stream(problem.model_copy(update={"holdout": 0.0}), rows.reset_index(drop=True))


def _comparable(times: pd.Series) -> pd.Series:
    """Numbers by value; ISO dates are in order as texts."""
    try:
        return pd.to_numeric(times)
    except ValueError:
        return times
