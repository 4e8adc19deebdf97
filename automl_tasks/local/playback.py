"""Plays a finished table as one that arrives: a first part, then labelled batches."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from automl_tasks.errors import ProblemError
from automl_tasks.problem import FileSource, Problem, load_problem

__all__ = ["Batch", "Playback", "split_into_batches"]

_ORDERED_START, _RANDOM_START, _BATCHES = 0.5, 0.6, 4


@dataclass(frozen=True)
class Batch:
    """Rows that arrive together.

    Attributes
    ----------
    name
        What a person calls it: ``2012-03``, ``batch 2``.
    frame
        The rows with their labels, all columns as text, exactly as in the source.
    """

    name: str
    frame: pd.DataFrame


def split_into_batches(frame: pd.DataFrame, problem: Problem) -> list[Batch]:
    """Cut a table into what is there at first and what arrives later.

    A problem with a date column starts with its first year and gets a month at a time; an ordered
    one without dates starts with half and a random one with 60 %, and both get four equal batches.
    """
    if problem.time is not None:
        months = pd.to_datetime(frame[problem.time]).dt.strftime("%Y-%m")
        names = sorted(months.unique())
        if len(names) > 12:
            first = Batch(f"{names[0]} to {names[11]}", frame[months.isin(names[:12])])
            return [first, *(Batch(name, frame[months == name]) for name in names[12:])]
    ordered = problem.split == "time" or problem.time is not None
    start = round(len(frame) * (_ORDERED_START if ordered else _RANDOM_START))
    size = (len(frame) - start) // _BATCHES
    cuts = [start + size * step for step in range(_BATCHES)] + [len(frame)]
    rest = itertools.pairwise(cuts)
    later = [Batch(f"batch {i}", frame.iloc[a:b]) for i, (a, b) in enumerate(rest, start=1)]
    return [Batch("first part", frame.iloc[:start]), *later]


class Playback:
    """A copy of a problem whose source is a folder in which batches arrive.

    Parameters
    ----------
    path
        The problem file that is played; its source must be one CSV file.
    home
        ``NIGHTSHIFT_HOME``; the copy goes to ``problems/``, the batches to ``demo/NAME/``.
    minutes
        Search budget of the copy.
    """

    def __init__(self, path: Path, home: Path, minutes: float) -> None:
        original = load_problem(path)
        if not isinstance(original.source, FileSource):
            raise ProblemError(
                "only a problem whose source is a CSV file can be played",
                where=str(path),
                remedy="Choose another problem, or run it with `make up`",
            )
        self.folder = home / "demo" / original.name
        self.inbox = self.folder / "inbox"
        self.batches = split_into_batches(_as_text(Path(original.source.path)), original)
        self._copy = home / "problems" / path.name
        self._content = yaml.safe_load(path.read_text()) | {"source": str(self.inbox)}
        self._content["budget"] = {**self._content.get("budget", {}), "minutes": minutes}
        self.arrived = 0

    def start(self) -> Problem:
        """Empty the inbox, write the problem's copy and let the first batch arrive."""
        shutil.rmtree(self.inbox, ignore_errors=True)
        self.inbox.mkdir(parents=True)
        self._copy.parent.mkdir(parents=True, exist_ok=True)
        staged = self._copy.with_suffix(".new")
        staged.write_text(yaml.safe_dump(self._content, sort_keys=False))
        staged.replace(self._copy)
        self.deliver_next()
        return load_problem(self._copy)

    def deliver_next(self) -> Batch | None:
        """Let the next batch arrive; None when there is none left."""
        if self.arrived == len(self.batches):
            return None
        batch = self.batches[self.arrived]
        staged = self.folder / "arriving.csv"
        batch.frame.to_csv(staged, index=False)
        staged.replace(self.inbox / f"{self.arrived:03d}.csv")
        self.arrived += 1
        return batch


def _as_text(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)
