"""From finished trials to the one model that is assessed, packaged and registered."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.search.assembly import Assembly, Member, Part, trial_weights
from automl_tasks.search.compression import Assembled, Point, assemble
from automl_tasks.search.conformal import conformal_state
from automl_tasks.search.copies import single_rows
from automl_tasks.search.crew import Crew
from automl_tasks.search.decisions import Begun, DecisionLog
from automl_tasks.search.ensemble import blend
from automl_tasks.search.fairness import group_decision
from automl_tasks.search.holdout_table import write_holdout
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.measure import Labelling
from automl_tasks.search.metrics import score_of_loss
from automl_tasks.search.plan import Plan, load_labels, load_plan, run_key
from automl_tasks.search.progress import OnProgress, Progress
from automl_tasks.search.record import record_run
from automl_tasks.search.results import load_result
from automl_tasks.search.selection import OutOfFoldMean, Selection, Selector
from automl_tasks.search.surroundings import surroundings
from automl_tasks.search.verdict import Verdict, best_single_score, verdict_of
from automl_tasks.search.worker import hire, no_model
from automl_tasks.serve.labels import decide, decision_of_rows
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Candidate", "Member", "build_candidate", "load_candidate"]

_LEADERBOARD = 20


class Entry(BaseModel):
    """A line of the leaderboard.

    Attributes
    ----------
    folds
        On which the score was measured.
    seconds
        For these folds.
    """

    trial: str
    family: str
    score: float
    folds: int
    seconds: float
    weight: float


class Candidate(BaseModel):
    """The model that came out of a run.

    Attributes
    ----------
    oof_score, best_single_score
        Of the members' weighted mean, and of the best trial, on the same out-of-fold predictions,
        each with its calibration, its decision and its offset.
    calibration
        Of the probabilities, fitted on these predictions; None: they stay as they are.
    decision
        How calibrated probabilities become labels, tuned as well; None: the most probable.
    group_decision
        In its place by group of a protected column, for `serve.labels.decision_of_rows`; None: one
        decision for all.
    offset
        Added to every predicted value, tuned as well: 0 but for quantiles.
    conformal
        Quantiles of these predictions' errors, for `serve.intervals`; None: of too few rows.
    train_rows
        Rows from which the members have learned.
    front
        What other models of the run would have been and cost, this one among them, the best first.
    """

    run: str
    snapshot: str
    task: str
    metric: str
    target: dict[str, Any]
    members: list[Member]
    oof_score: float
    best_single_score: float
    calibration: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    group_decision: dict[str, Any] | None = None
    offset: float = 0.0
    conformal: dict[str, Any] | None = None
    leaderboard: list[Entry]
    train_rows: int
    holdout_rows: int
    notes: list[str]
    front: list[Point] = []

    @property
    def labelling(self) -> Labelling:
        """The decision, also where it is to take the most probable class; not that by group."""
        return Labelling.from_state(self.decision) or Labelling()

    def labels(self, probabilities: NDArray[Any], rows: pd.DataFrame) -> NDArray[np.int64]:
        """(n,) class codes as a package gives them.

        Parameters
        ----------
        probabilities : (n, classes) array of float
        rows : (n, columns) frame
            The raw rows, of which a decision by group reads the group.
        """
        return decide(probabilities, self.decision_of(rows))

    def decision_of(self, rows: pd.DataFrame) -> dict[str, Any] | None:
        """How labels of these raw rows are decided, for `serve.labels`."""
        if self.group_decision is None:
            return self.decision
        return decision_of_rows(self.group_decision, rows)


def load_candidate(store: Store, name: str, run: str) -> Candidate:
    """The candidate of a run.

    Raises
    ------
    SearchError
        When the run has none yet.
    """
    return load_result(
        store,
        f"{run_key(name, run)}/candidate/candidate.json",
        Candidate,
        run=(name, run),
        lacks="the run has no candidate",
        remedy="Run the search's stages 'search' and 'ensemble' first",
    )


def build_candidate(
    store: Store,
    name: str,
    run: str,
    *,
    on_progress: OnProgress | None = None,
    crew: Crew | None = None,
) -> Candidate:
    """Select an ensemble, save its members, predict the holdout.

    What is predicted is predicted by the saved files.

    Parameters
    ----------
    crew
        Child processes of the caller's; default: own ones, where they are needed.

    Raises
    ------
    SearchError
        When no trial gave a model, or none of them can be refitted.
    """
    if store.exists(f"{run_key(name, run)}/candidate/candidate.json"):
        return load_candidate(store, name, run)
    plan = load_plan(store, name, run)
    with ExitStack() as stack:
        # Bags only predict, one after the other; refits are fitted beside each other.
        size = 1 if plan.bagged else None
        own = crew or stack.enter_context(hire(store, plan, "candidate", size))
        return _Build(store, plan, own, on_progress).build()


class _Build:
    """State of one build."""

    def __init__(
        self, store: Store, plan: Plan, crew: Crew, on_progress: OnProgress | None
    ) -> None:
        self._store, self._plan, self._crew = store, plan, crew
        self._key = run_key(plan.problem.name, plan.run)
        self._ledger = Ledger(store, self._key)
        self._progress = Progress(store, plan, self._ledger, on_progress)
        if not self._ledger.good():
            raise no_model(plan, self._ledger)

    def build(self) -> Candidate:
        self._progress.report("ensemble")
        DecisionLog(self._store, self._key, worker=0).write(Begun(surroundings=surroundings()))
        with self._store.new_folder(f"{self._key}/candidate") as folder:
            assembly = Assembly(
                self._store, self._plan, self._ledger, self._crew, folder / "members"
            )
            with assembly.clock:
                selection = Selector(self._store, self._plan, self._ledger).select()
                self._progress.report("refit")
                made = assemble(assembly, selection)
                candidate = self._candidate(selection, made, [*assembly.notes, *made.notes])
                self._write_holdout(folder, made.parts, candidate)
                (folder / "candidate.json").write_text(candidate.model_dump_json(indent=2))
        record_run(self._store, self._plan, self._ledger)
        self._progress.report("refit", f"{len(candidate.members)} models")
        return candidate

    @cached_property
    def _frame(self) -> pd.DataFrame:
        """All rows of the snapshot."""
        from automl_tasks.ingest import load_snapshot

        return load_snapshot(self._store, self._plan.problem.name, self._plan.snapshot).read()

    def _candidate(self, every: Selection, made: Assembled, notes: list[str]) -> Candidate:
        plan, members, selection = self._plan, [part.member for part in made.parts], made.selection
        weights = trial_weights(members)
        trials = [*(trial for trial, _ in selection.chosen), *selection.others]
        used = [(trial, weights[trial.id]) for trial in trials if trial.id in weights]
        verdict, found = verdict_of(selection, used), selection.pooled(used)
        single = single_rows(self._frame, selection.pooled_rows, plan.problem)
        counts = single * (1.0 if found.weight is None else found.weight)
        # Bagged folds together have seen every row.
        bagged = len(members) > len(weights)
        return Candidate(
            run=plan.run,
            snapshot=plan.snapshot,
            task=plan.task,
            metric=plan.metric,
            target=plan.target,
            members=members,
            oof_score=verdict.score,
            best_single_score=best_single_score(every),
            calibration=verdict.calibration,
            decision=None if verdict.decision is None else verdict.decision.state(),
            group_decision=self._group_decision(selection, found, verdict),
            offset=verdict.offset,
            conformal=conformal_state(found.y, verdict.applied(found.prediction), counts),
            leaderboard=[
                self._entry(trial, weights) for trial in self._ledger.good()[:_LEADERBOARD]
            ],
            train_rows=plan.develop_rows if bagged else max(each.rows for each in members),
            holdout_rows=plan.holdout_rows,
            notes=notes,
            front=made.front,
        )

    def _group_decision(
        self, selection: Selection, found: OutOfFoldMean, verdict: Verdict
    ) -> dict[str, Any] | None:
        problem = self._plan.problem
        if problem.fairness.mitigation != "thresholds":
            return None
        values = self._frame[problem.protected[0]].iloc[selection.pooled_rows]
        said = replace(found, prediction=verdict.applied(found.prediction))
        return group_decision(problem, self._plan.groups[0], values, said, verdict.decision)

    def _entry(self, trial: Trial, weights: dict[str, float]) -> Entry:
        return Entry(
            trial=trial.id,
            family=trial.family,
            # A first fold that was easier than all may put the estimate beyond perfect.
            score=score_of_loss(self._plan.metric, max(0.0, trial.loss)),
            folds=len(trial.folds),
            seconds=round(trial.seconds, 3),
            weight=weights.get(trial.id, 0.0),
        )

    def _write_holdout(self, folder: Path, parts: list[Part], candidate: Candidate) -> None:
        from automl_tasks.serve.calibration import calibrate

        plan = self._plan
        rows = self._frame.iloc[load_labels(self._store, plan).holdout]
        weights = [part.member.weight for part in parts]
        prediction = blend([part.holdout for part in parts], weights) + candidate.offset
        prediction = calibrate(prediction, candidate.calibration)
        write_holdout(folder, rows, prediction, plan)
