"""Predicts the rows that the champion has not seen, and logs what it said before labels come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from automl_tasks.deliver import champion, load_champion
from automl_tasks.errors import TransientError
from automl_tasks.ingest import current_snapshot, load_snapshot
from automl_tasks.monitor.identity import stored_ids
from automl_tasks.monitor.ledger import log_predictions, logged_batches, logged_predictions
from automl_tasks.monitor.stored_rows import StoredRows

if TYPE_CHECKING:
    from automl_tasks.deliver import ChampionInfo
    from automl_tasks.ingest import Snapshot
    from automl_tasks.problem import Problem
    from automl_tasks.store import Store

__all__ = ["ScoreResult", "score_new_rows"]


class ScoreResult(BaseModel):
    """What was predicted.

    Attributes
    ----------
    rows
        Newly predicted rows; 0 when there were none.
    key
        Where the predictions are in the store; None when nothing was written.
    message
        The result in plain words.
    """

    model_config = ConfigDict(frozen=True)

    problem: str
    snapshot: str
    model_version: int | None
    rows: int
    key: str | None
    message: str


def score_new_rows(problem: Problem, store: Store) -> ScoreResult:
    """Predict rows of the current snapshot that the champion neither trained on nor predicted yet.

    The log holds ``row_id``, ``position`` in the snapshot, ``time`` (where the problem has one),
    ``model_version``, ``snapshot``, ``batch`` (the snapshot in which any champion predicted the
    row first), ``scored_at``, ``prediction`` and ``probability_<class>``. Scoring the same
    snapshot again finds no new rows and writes nothing.

    Raises
    ------
    TransientError
        When another version became champion meanwhile.
    """
    snapshot = current_snapshot(store, problem.name)
    info = champion(problem.name)
    result = ScoreResult(
        problem=problem.name,
        snapshot=snapshot.id,
        model_version=info.version if info else None,
        rows=0,
        key=None,
        message="there is no champion yet, so nothing was predicted",
    )
    if info is None:
        return result
    with store.lock(f"{problem.name}/predictions"):
        stored = StoredRows(snapshot)
        ids = stored_ids(stored, problem)
        new = _new_rows(ids, info, problem, store)
        if not new.any():
            return result.model_copy(
                update={"message": f"version {info.version} has seen every row of the snapshot"}
            )
        log = _predict(stored.take(np.flatnonzero(new)), ids[new], problem, info, snapshot)
        log["batch"] = log["row_id"].map(logged_batches(store, problem.name)).fillna(snapshot.id)
        key = log_predictions(store, problem.name, info.version, snapshot.id, log)
    message = f"version {info.version} predicted {len(log):,} new rows"
    return result.model_copy(update={"rows": len(log), "key": key, "message": message})


def _new_rows(ids: pd.Series, info: ChampionInfo, problem: Problem, store: Store) -> pd.Series:
    """Mask of the rows to predict; of a row that was delivered twice the newest counts."""
    trained = StoredRows(load_snapshot(store, problem.name, info.snapshot))
    labelled = trained.columns([problem.target])[problem.target].notna()
    seen = set(stored_ids(trained, problem)[labelled])
    seen.update(logged_predictions(store, problem.name, info.version)["row_id"])
    return ~ids.isin(seen) & ~ids.duplicated(keep="last")


def _predict(
    rows: pd.DataFrame, ids: pd.Series, problem: Problem, info: ChampionInfo, snapshot: Snapshot
) -> pd.DataFrame:
    # The champion must not even be able to look at the answer.
    features = rows.drop(columns=problem.target)
    predicted = load_champion(problem.name).predict(features).reset_index(drop=True)
    if champion(problem.name) != info:
        raise TransientError(
            f"another version than {info.version} became champion during scoring",
            where=problem.name,
            remedy="Score again",
        )
    log = pd.DataFrame(
        {
            "row_id": ids.to_numpy(),
            "position": rows.index.to_numpy(),
            "model_version": info.version,
            "snapshot": snapshot.id,
            "scored_at": datetime.now(UTC),
        }
    )
    if problem.time is not None:
        log["time"] = rows[problem.time].to_numpy()
    return pd.concat([log, predicted], axis=1)
