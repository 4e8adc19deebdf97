"""The candidate's members: the ensemble, or where a problem has limits the best that keeps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from automl_tasks.search.assembly import Assembly, Member, Part
from automl_tasks.search.compression.front import Point, point_of, with_dominance
from automl_tasks.search.compression.limits import Limits
from automl_tasks.search.compression.options import Ensemble, ensembles, folders_of, prunings
from automl_tasks.search.compression.replaying import rebuilt
from automl_tasks.search.compression.teaching import (
    LINEAR,
    SIZES,
    SMALLEST,
    Size,
    Student,
    Teacher,
)
from automl_tasks.search.compression.timing import Cost, Scales
from automl_tasks.search.ledger import Trial
from automl_tasks.search.metrics import score_of_loss
from automl_tasks.search.plan import load_labels
from automl_tasks.search.selection import Selection
from automl_tasks.search.stopwatch import timed_rows
from automl_tasks.search.worker import opening_request

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Assembled", "assemble"]

_TIMED_ROWS = 1_000
_FRONT_SHARE = 0.03  # of the budget, for the front of a run without limits
_TRY_SHARE = 0.3  # of the time left, that one student may take
_MEASURED_FIRST = 3  # the ensemble, the best single model, the cheapest: whatever time is left
_MEASURED_UNTIL = 0.7  # of the time left, the rest is for students
_TRIES_UNTIL = 0.35  # of the time left, which the chosen model's last training may need
_LEAST_SECONDS = 2.0
_SLACK = 1.1  # between what was timed before and after a model was built: within the margin


@dataclass(frozen=True)
class Assembled:
    """What became of a selection.

    Attributes
    ----------
    selection
        Of which the trials of the parts are the chosen.
    front
        Models that were measured, the best first.
    notes
        Sentences on what was chosen in place of the ensemble.
    """

    selection: Selection
    parts: list[Part]
    front: list[Point]
    notes: list[str]


@dataclass(frozen=True)
class _Option:
    """A model that could be the candidate.

    Attributes
    ----------
    realise
        Makes its members.
    """

    name: str
    loss: float
    cost: Cost
    selection: Selection
    realise: Callable[[], list[Part]]


def assemble(assembly: Assembly, selection: Selection) -> Assembled:
    """Build the ensemble; where the problem has limits, what keeps them with the least loss.

    Without limits the front holds what is free to measure: the ensemble and its prunings.
    """
    if assembly.plan.replays is not None:
        chosen, parts = rebuilt(assembly, selection)
        return Assembled(chosen, parts, [], [])
    limits = Limits.of(assembly.plan.problem)
    if not limits:
        parts = assembly.build(selection)
        return Assembled(selection, parts, _free_front(assembly, selection), [])
    with TemporaryDirectory(prefix="nightshift-students-") as scratch:
        return _Compression(assembly, limits, Path(scratch)).choose(selection)


def _free_front(assembly: Assembly, selection: Selection) -> list[Point]:
    points, plan = list[Point](), assembly.plan
    # A model without a holdout is never delivered: its time is better spent on trials.
    if assembly.left() < _LEAST_SECONDS or not plan.holdout_rows:
        return []
    end = assembly.left() - _FRONT_SHARE * plan.budget_seconds
    scales = Scales(_timed_rows(assembly))
    for each in prunings(selection, assembly.ledger, scales, bagged=plan.bagged):
        points.append(point_of(each.name, each.loss, each.cost, chosen=not points))
        if assembly.left() < end:
            break
    return with_dominance(points)


def _timed_rows(assembly: Assembly) -> pd.DataFrame:
    from automl_tasks.ingest import load_snapshot

    plan = assembly.plan
    frame = load_snapshot(assembly.store, plan.problem.name, plan.snapshot).read()
    rows = load_labels(assembly.store, plan).develop[-_TIMED_ROWS:]
    return timed_rows(frame.iloc[rows].drop(columns=plan.problem.target))


class _Compression:
    """One choice under limits."""

    def __init__(self, assembly: Assembly, limits: Limits, scratch: Path) -> None:
        self._assembly, self._limits, self._scratch = assembly, limits, scratch
        self._plan, self._ledger = assembly.plan, assembly.ledger
        self._scales = Scales(_timed_rows(assembly))

    def choose(self, selection: Selection) -> Assembled:
        plan = self._plan
        measured, until = list[Ensemble](), _MEASURED_UNTIL * self._assembly.left()
        for each in ensembles(
            selection, self._ledger, self._scales, self._limits, bagged=plan.bagged
        ):
            measured.append(each)
            if self._assembly.left() < until and len(measured) >= _MEASURED_FIRST:
                break
        whole = measured[0] if measured else None
        options = [self._of_ensemble(each) for each in measured]
        if whole is None or self._limits.share(whole.cost) > 1:
            options += self._students(selection, whole)
        return self._realised(selection, options)

    def _of_ensemble(self, found: Ensemble) -> _Option:
        def realise() -> list[Part]:
            return self._assembly.build(found.selection, bagged=found.bagged)

        return _Option(found.name, found.loss, found.cost, found.selection, realise)

    def _students(self, selection: Selection, ensemble: Ensemble | None) -> list[_Option]:
        """Students that were tried, the largest first until one keeps the limits; and a linear."""
        assembly = self._assembly
        if any(trial.configuration.rows is not None for trial, _ in selection.chosen):
            return []  # their folds are not those of the run
        assembly.crew.open(opening_request(assembly.store, self._plan.problem.name, self._plan.run))
        teacher = Teacher(
            selection,
            [
                (_as_member(folder, trial, weight), folder)
                for trial, weight in selection.chosen
                for folder in folders_of(self._ledger, trial, bagged=True)
            ],
            self._scratch,
            assembly.crew,
            ms_per_row=0.0 if ensemble is None else ensemble.cost.ms_per_row,
            tick=assembly.clock.tick,
        )
        whole, options = selection.loss(selection.chosen), list[_Option]()
        seconds, until = _TRY_SHARE * assembly.left(), _TRIES_UNTIL * assembly.left()

        def tried(size: Size) -> bool:
            """Try one; whether it keeps the limits."""
            late = assembly.left() - seconds < until or seconds < _LEAST_SECONDS
            student = None if late else teacher.try_out(size, seconds)
            if student is None:
                return False
            cost = self._scales.cost([student.folder])
            options.append(self._of_student(teacher, student, whole + student.behind, cost))
            return self._limits.share(cost) <= 1

        sizes = SIZES if "text" in self._plan.roles.values() else SIZES[:-1]
        # Up to the largest that keeps the limits: larger ones would not.
        if not all(map(tried, sizes)) and not any(map(self._kept, options)):
            tried(SMALLEST)
        if not any(map(self._kept, options)):
            tried(LINEAR)
        assembly.notes.extend(teacher.notes)
        return options

    def _kept(self, option: _Option) -> bool:
        return self._limits.share(option.cost) <= 1

    def _of_student(self, teacher: Teacher, student: Student, loss: float, cost: Cost) -> _Option:
        def realise() -> list[Part]:
            return self._assembly.adopt(*teacher.graduate(student, self._assembly.left()))

        return _Option(student.size.name, loss, cost, student.selection, realise)

    def _realised(self, selection: Selection, options: list[_Option]) -> Assembled:
        """The best option that keeps the limits also once it is built; else the smallest."""
        able = [each for each in options if self._kept(each)]
        rest = [each for each in options if not self._kept(each)]
        ranked = sorted(able, key=lambda each: (each.loss, each.cost.ms_per_row))
        ranked += sorted(rest, key=lambda each: self._limits.share(each.cost))
        costs = {id(each): each.cost for each in options}
        for option in ranked:
            parts = option.realise()
            # What was timed had a fold's model in place of one of all rows.
            cost = Scales(self._scales.rows).cost(self._assembly.folders(parts))
            costs[id(option)] = cost
            if option in rest or self._limits.share(cost) <= _SLACK:
                front = _front(options, costs, option)
                return Assembled(option.selection, parts, front, self._notes(option, options, cost))
        return Assembled(selection, self._assembly.build(selection), _front(options, costs), [])

    def _notes(self, chosen: _Option, options: list[_Option], cost: Cost) -> list[str]:
        whole = options[0]
        if chosen is whole and self._limits.share(cost) <= _SLACK:
            return []
        metric, limits = self._plan.metric, self._limits.words()
        took = f"{chosen.name} ({cost.ms_per_row:.3g} ms a row, {cost.size_mb:.3g} MB)"
        if self._limits.share(cost) > _SLACK:
            return [f"nothing that was tried keeps {limits}; the nearest is {took}"]
        ours, theirs = (score_of_loss(metric, each.loss) for each in (chosen, whole))
        return [
            f"to keep {limits}, {took} stands in for the ensemble ({whole.cost.ms_per_row:.3g} ms "
            f"a row, {whole.cost.size_mb:.3g} MB): out of fold its {metric} is {ours:.5g}, the "
            f"ensemble's {theirs:.5g}"
        ]


def _front(
    options: list[_Option], costs: dict[int, Cost], chosen: _Option | None = None
) -> list[Point]:
    return with_dominance(
        [point_of(each.name, each.loss, costs[id(each)], chosen=each is chosen) for each in options]
    )


def _as_member(folder: Path, trial: Trial, weight: float) -> Member:
    """A fold's model with its share of the trial's weight, as a teacher has it."""
    fold = int(folder.parent.name.removeprefix("fold-"))
    return Member(
        name=f"{trial.id}.{fold}",
        trial=trial.id,
        family=trial.family,
        weight=weight / len(trial.trained),
        iterations=None,
        fold=fold,
        rows=0,
    )
