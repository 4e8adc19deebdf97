"""From finished trials to the one model that is assessed, packaged and registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.errors import SearchError
from automl_tasks.search.ensemble import blend
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.plan import Plan, load_plan, run_key
from automl_tasks.search.progress import OnProgress, Progress
from automl_tasks.search.refitter import Refit, Refitter
from automl_tasks.search.selection import Selection, select_members
from automl_tasks.search.split import Split, split_rows
from automl_tasks.search.worker import no_model
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Candidate", "Member", "build_candidate", "holdout_prediction", "load_candidate"]

_LEADERBOARD = 20


class Member(BaseModel):
    """A refitted model of the ensemble; the weights of all members sum to 1."""

    trial: str
    family: str
    weight: float
    iterations: int | None


class Entry(BaseModel):
    """A line of the leaderboard."""

    trial: str
    family: str
    score: float
    seconds: float
    weight: float


class Candidate(BaseModel):
    """The model that came out of a run.

    Attributes
    ----------
    oof_score, best_single_score
        Of the refitted members' weighted mean, and of the best trial, on the same out-of-fold
        predictions.
    train_rows
        Rows on which the members were refitted.
    """

    run: str
    snapshot: str
    task: str
    metric: str
    target: dict[str, Any]
    members: list[Member]
    oof_score: float
    best_single_score: float
    leaderboard: list[Entry]
    train_rows: int
    holdout_rows: int
    notes: list[str]


def load_candidate(store: Store, name: str, run: str) -> Candidate:
    """The candidate of a run.

    Raises
    ------
    SearchError
        When the run has none yet.
    """
    key = f"{run_key(name, run)}/candidate/candidate.json"
    if not store.exists(key):
        raise SearchError(
            "the run has no candidate",
            where=f"{name}, run {run!r}",
            remedy="Run the search's stages 'search' and 'ensemble' first",
        )
    return Candidate.model_validate(store.read_json(key))


def holdout_prediction(store: Store, plan: Plan) -> NDArray[np.float64]:
    """A candidate's stored predictions of its holdout, in the order of the split.

    Returns
    -------
    ndarray
        (n,) values or (n, classes) probabilities.
    """
    import pandas as pd

    key = f"{run_key(plan.problem.name, plan.run)}/candidate/holdout.parquet"
    stored = pd.read_parquet(store.path(key))
    if plan.classes is None:
        return stored["prediction"].to_numpy(dtype=np.float64)
    names = [f"probability_{code}" for code in range(len(plan.classes))]
    return stored[names].to_numpy(dtype=np.float64)


def build_candidate(
    store: Store, name: str, run: str, *, on_progress: OnProgress | None = None
) -> Candidate:
    """Select an ensemble, refit its members on all development rows, predict the holdout.

    Members whose refit no longer fits into the budget, or fails, are left out, the lightest
    first; one member is always fitted. What is predicted is predicted by the saved files.

    Raises
    ------
    SearchError
        When no trial gave a model, or none of them can be refitted.
    """
    if store.exists(f"{run_key(name, run)}/candidate/candidate.json"):
        return load_candidate(store, name, run)
    return _Build(store, load_plan(store, name, run), on_progress).build()


class _Build:
    """State of one build."""

    def __init__(self, store: Store, plan: Plan, on_progress: OnProgress | None) -> None:
        self._store, self._plan = store, plan
        self._key = run_key(plan.problem.name, plan.run)
        self._ledger = Ledger(store, self._key)
        self._progress = Progress(store, plan, self._ledger, on_progress)
        if not self._ledger.good():
            raise no_model(plan, self._ledger)

    def build(self) -> Candidate:
        self._progress.report("ensemble")
        with (
            Refitter(self._store, self._plan) as refitter,
            self._store.new_folder(f"{self._key}/candidate") as folder,
        ):
            frame, split, y = self._rows()
            selection = select_members(self._plan, self._ledger, y)
            self._progress.report("refit")
            refits = refitter.refit(selection, folder / "members")
            candidate = self._candidate(selection, refits, split, refitter.notes)
            predictions = [refit.holdout for refit in refits]
            prediction = blend(predictions, [refit.weight for refit in refits])
            table = _holdout_table(frame, split, prediction, self._plan)
            table.to_parquet(folder / "holdout.parquet", index=False)
            (folder / "candidate.json").write_text(candidate.model_dump_json(indent=2))
        self._progress.report("refit", f"{len(candidate.members)} models")
        return candidate

    def _rows(self) -> tuple[pd.DataFrame, Split, NDArray[Any]]:
        """The snapshot, its split, and the encoded labels of its development rows."""
        from automl_tasks.features import TargetCodec
        from automl_tasks.ingest import load_snapshot

        plan = self._plan
        frame = load_snapshot(self._store, plan.problem.name, plan.snapshot).read()
        split = split_rows(plan, frame)
        codec = TargetCodec.from_state(plan.target)
        codes = codec.encode(frame[plan.problem.target].iloc[split.develop])
        y = np.zeros(len(frame), dtype=codes.dtype)
        y[split.develop] = codes
        return frame, split, y

    def _candidate(
        self, selection: Selection, refits: list[Refit], split: Split, notes: list[str]
    ) -> Candidate:
        weights = {refit.trial.id: refit.weight for refit in refits}
        best = self._ledger.good()[:_LEADERBOARD]
        return Candidate(
            run=self._plan.run,
            snapshot=self._plan.snapshot,
            task=self._plan.task,
            metric=self._plan.metric,
            target=self._plan.target,
            members=[
                Member(
                    trial=refit.trial.id,
                    family=refit.trial.family,
                    weight=refit.weight,
                    iterations=refit.trial.iterations,
                )
                for refit in refits
            ],
            oof_score=selection.score([(refit.trial, refit.weight) for refit in refits]),
            best_single_score=selection.best_single_score,
            leaderboard=[
                Entry(
                    trial=trial.id,
                    family=trial.family,
                    score=trial.score,
                    seconds=trial.seconds,
                    weight=weights.get(trial.id, 0.0),
                )
                for trial in best
                if trial.score is not None
            ],
            train_rows=refits[0].rows,
            holdout_rows=len(split.holdout),
            notes=notes,
        )


def _holdout_table(
    frame: pd.DataFrame, split: Split, prediction: NDArray[Any], plan: Plan
) -> pd.DataFrame:
    from automl_tasks.ingest import row_ids

    rows = frame.iloc[split.holdout]
    table = row_ids(rows, plan.problem).rename("row_id").to_frame()
    table["target"] = rows[plan.problem.target]
    if plan.classes is None:
        return table.assign(prediction=prediction)
    names = {f"probability_{code}": prediction[:, code] for code in range(len(plan.classes))}
    return table.assign(**names)
