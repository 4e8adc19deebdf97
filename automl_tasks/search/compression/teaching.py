"""Students of a run's ensemble, trained by its child processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.assembly import Member
from automl_tasks.search.compression.student import LABELS, OUT_OF_FOLD
from automl_tasks.search.configurations import Configuration
from automl_tasks.search.crew import Crew
from automl_tasks.search.ledger import Trial
from automl_tasks.search.metrics import loss
from automl_tasks.search.selection import Selection

__all__ = ["LINEAR", "SIZES", "SMALLEST", "Size", "Student", "Teacher"]

_ANSWERING = 0.15  # of a training's limit, for the ensemble's answers
_MOST_MIXED = 50_000
_SOFT = 0.7  # of a training's limit, after which boosting stops by itself


@dataclass(frozen=True)
class Size:
    """A kind of student.

    Attributes
    ----------
    params
        Of the family, ``iterations`` at most.
    """

    name: str
    family: str
    params: dict[str, Any]


def _boosted(name: str, recipe: str, rounds: int, leaves: int, rate: float) -> Size:
    params = {"recipe": recipe, "num_leaves": leaves, "learning_rate": rate, "iterations": rounds}
    return Size(f"student: {name}", "lightgbm", params)


SMALLEST = _boosted("30 trees of 8 leaves", "tree_brief", 30, 8, 0.3)
SIZES = (
    _boosted("80 trees of 15 leaves", "tree_brief", 80, 15, 0.2),
    _boosted("200 trees of 31 leaves", "tree_brief", 200, 31, 0.1),
    _boosted("200 trees of 31 leaves, text as topics", "tree", 200, 31, 0.1),
)
"""Each better than the one before, and slower."""

LINEAR = Size("student: linear", "linear", {"recipe": "linear", "C": 1.0})
_KINDS = (SMALLEST, *SIZES, LINEAR)
_CLASSES = 3  # of as many and fewer, all trees are trained; of more, as many trees in all


@dataclass(frozen=True)
class Student:
    """A student as it did on a fold that it has not seen.

    Attributes
    ----------
    folder
        Of its saved model, which has learned the rows of the other folds.
    rows, seconds
        Of its training.
    behind
        By how much its loss on the fold is above the ensemble's.
    selection
        Its predictions of the fold, as if it were a trial.
    """

    size: Size
    folder: Path
    iterations: int | None
    rows: int
    seconds: float
    behind: float
    selection: Selection


class Teacher:
    """An ensemble that has students.

    Parameters
    ----------
    members
        Its saved members with their folders.
    folder
        For what is made on the way.
    ms_per_row
        That one of its answers takes.
    tick
        Called while a child is at work.

    Attributes
    ----------
    notes
        Why students are not there.
    """

    def __init__(
        self,
        selection: Selection,
        members: Sequence[tuple[Member, Path]],
        folder: Path,
        crew: Crew,
        *,
        ms_per_row: float,
        tick: Callable[[], None],
    ) -> None:
        self._selection, self._folder, self._crew, self._tick = selection, folder, crew, tick
        self._ms_per_row = ms_per_row
        self._mixed: dict[int | None, int] = {}
        self.notes: list[str] = []
        self._members = [
            {"folder": str(path), "weight": each.weight, "fold": each.fold}
            for each, path in members
        ]
        folder.mkdir(parents=True, exist_ok=True)
        found = selection.pooled(selection.chosen)
        np.savez(folder / LABELS, rows=selection.pooled_rows, prediction=found.prediction)

    def try_out(self, size: Size, seconds: float) -> Student | None:
        """Train on all folds but one, and predict that; None where it failed or took too long."""
        plan = self._selection.plan
        fold, folder = plan.fold_order[0], self._folder / f"tried-{_KINDS.index(size)}"
        start = time.monotonic()
        answer = self._ask(size, fold, folder, self._rounds(size), seconds)
        if answer is None:
            return None
        with np.load(folder / OUT_OF_FOLD, allow_pickle=False) as arrays:
            rows, said = arrays["rows"], arrays["prediction"]
        (folder / OUT_OF_FOLD).unlink()
        selection, teacher = self._as_selection(size, rows, said)
        measure, weight = selection.plan.measure, selection.weight
        behind = loss(measure, selection.y, said, weight) - loss(
            measure, selection.y, teacher, weight
        )
        if np.isnan(behind):
            return None
        took = time.monotonic() - start
        return Student(size, folder, answer["iterations"], answer["rows"], took, behind, selection)

    def graduate(self, student: Student, seconds: float) -> tuple[Member, Path]:
        """The student trained on all rows; where that fails or takes too long, as it was tried."""
        folder = self._folder / f"graduate-{_KINDS.index(student.size)}"
        answer = None
        if seconds >= student.seconds:
            answer = self._ask(student.size, None, folder, student.iterations, seconds)
        trial = student.selection.chosen[0][0]
        member = Member(
            name=trial.id,
            trial=trial.id,
            family=trial.family,
            weight=1.0,
            iterations=student.iterations,
            fold=self._selection.plan.fold_order[0] if answer is None else None,
            rows=student.rows if answer is None else answer["rows"],
        )
        return member, student.folder if answer is None else folder

    def _ask(
        self, size: Size, fold: int | None, folder: Path, iterations: int | None, seconds: float
    ) -> dict[str, Any] | None:
        request = {
            "do": "student",
            "family": size.family,
            "params": {k: v for k, v in size.params.items() if k != "iterations"},
            "iterations": iterations,
            "teacher": self._members,
            "labels": str(self._folder / LABELS),
            "mixed": self._mixed.setdefault(fold, self._affordable(fold, seconds)),
            "fold": fold,
            "seconds": _SOFT * seconds,
            "folder": str(folder),
        }
        self._crew.begin(size.name, request, limit=seconds)
        (ended,) = self._crew.wait(self._tick)
        if ended.failure is None:
            return ended.result
        self.notes.append(f"{size.name}: {ended.failure.reason}")
        return None

    def _rounds(self, size: Size) -> int | None:
        rounds: int | None = size.params.get("iterations")
        classes = len(self._selection.plan.classes or ())
        return rounds and max(8, rounds * _CLASSES // max(_CLASSES, classes))

    def _affordable(self, fold: int | None, seconds: float) -> int:
        """Mixed rows that can be answered in a share of the time."""
        able = [each for each in self._members if fold is None or each["fold"] == fold]
        ms_per_row = self._ms_per_row * len(able) / len(self._members)
        most = _ANSWERING * 1000 * seconds / max(ms_per_row, 1e-6)
        return min(_MOST_MIXED, len(np.unique(self._selection.rows)), round(most))

    def _as_selection(
        self, size: Size, rows: NDArray[np.int64], said: NDArray[Any]
    ) -> tuple[Selection, NDArray[Any]]:
        """The student's predictions of a fold's rows, and the ensemble's of the same."""
        whole, name = self._selection, f"student-{_KINDS.index(size)}"
        known, first = np.unique(whole.rows, return_index=True)
        at = first[np.searchsorted(known, rows)]
        configuration = Configuration(
            id=name, family=size.family, params=size.params, folds=whole.plan.folds
        )
        selection = Selection(
            chosen=[(Trial(configuration, [], float("nan")), 1.0)],
            others=[],
            rows=rows,
            predictions={name: said},
            y=whole.y[at],
            folds=np.zeros(len(rows), dtype=np.int64),
            weight=None if whole.weight is None else whole.weight[at],
            plan=whole.plan,
        )
        return selection, whole.mixed(whole.chosen)[at]
