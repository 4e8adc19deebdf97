"""The rows on which champion and challenger meet, and what both say about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from automl_tasks.deliver.candidate import RunFacts, load_facts
from automl_tasks.errors import DataError, PackageError

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.deliver.versions import ChampionInfo, LoadedModel
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["Evidence", "as_judged", "as_scores", "champion_scores", "collect", "is_sound"]

Array = np.ndarray[Any, Any]
_ENOUGH_ROWS = 30


@dataclass(frozen=True)
class Evidence:
    """Rows that the challenger never learned from.

    Attributes
    ----------
    rows
        Raw rows without the target, oldest first when the problem is ordered by time.
    y, weight
        Their labels, encoded, and what they count; None: all alike.
    seen
        Share of them on which the champion was trained; above 0 only when too few are new to it.
    """

    facts: RunFacts
    rows: pd.DataFrame
    y: Array
    weight: Array | None = None
    seen: float = 0.0


def collect(
    store: Store, name: str, challenger: ChampionInfo, champion: ChampionInfo | None
) -> Evidence:
    """The challenger's holdout, without rows on which the champion was trained.

    A champion looks too good on rows that it has learned. When fewer than 30 rows are left all
    are kept: the comparison then favours the champion, so nothing worse is promoted.
    """
    from automl_tasks.ingest import load_snapshot, row_ids
    from automl_tasks.search import load_labels

    facts = load_facts(store, name, challenger.run)
    plan = facts.plan
    labels = load_labels(store, plan)
    held, share = labels.holdout, 0.0
    frame = load_snapshot(store, name, plan.snapshot).read()
    if champion is not None:
        ids = row_ids(frame.iloc[held], plan.problem)
        known = ids.isin(_trained_on(store, name, champion.run)).to_numpy()
        if (~known).sum() >= min(_ENOUGH_ROWS, len(held)):
            held = held[~known]
        else:
            share = float(known.mean())
    rows = frame.iloc[held].drop(columns=plan.problem.target)
    return Evidence(facts, rows, labels.y[held], labels.weight_of(held), share)


def _trained_on(store: Store, name: str, run: str) -> set[str]:
    """Ids of the rows that a run learned from; empty when the store no longer has the run."""
    from automl_tasks.ingest import load_snapshot, row_ids
    from automl_tasks.search import load_labels, load_plan

    if not store.exists(f"{name}/runs/{run}/plan.json"):
        return set()
    plan = load_plan(store, name, run)
    try:
        frame = load_snapshot(store, name, plan.snapshot).read()
    except DataError:
        return set()
    return set(row_ids(frame.iloc[load_labels(store, plan).develop], plan.problem))


def as_scores(predicted: pd.DataFrame, plan: Plan) -> Array:
    """A model's answer as (n,) values or (n, classes) probabilities in the plan's class order.

    A class that the model does not know has probability 0.

    Raises
    ------
    DataError
        When the answer is one of another task.
    """
    names = [f"probability_{label}" for label in plan.classes or ()]
    probabilities = [name for name in predicted.columns if name.startswith("probability_")]
    if bool(names) != bool(probabilities):
        raise DataError("the model solves another task", where=plan.problem.name)
    if not names:
        return predicted["prediction"].to_numpy(dtype=np.float64)
    return predicted.reindex(columns=names, fill_value=0.0).to_numpy(dtype=np.float64)


def as_judged(predicted: pd.DataFrame, plan: Plan) -> Array:
    """A model's answer as its metric takes it: of a metric of labels, certain of its labels.

    So each model is judged by the decision that it was packaged with. Where its label is none of
    the plan's classes, the most probable of these stands in.

    Raises
    ------
    DataError
        When the answer is one of another task.
    """
    from automl_tasks.search import METRICS
    from automl_tasks.serve.steps.values import texts

    scores = as_scores(predicted, plan)
    if METRICS[plan.metric].needs != "labels" or plan.classes is None:
        return scores
    code_of = {label: code for code, label in enumerate(plan.classes)}
    said = [code_of.get(label, -1) for label in texts(predicted["prediction"])]
    codes = np.where(np.array(said) >= 0, said, scores.argmax(axis=1))
    return np.eye(len(plan.classes))[codes]


def champion_scores(model: LoadedModel, evidence: Evidence) -> tuple[Array | None, str]:
    """The champion's answer on the evidence; None with the reason when it cannot answer."""
    try:
        scores = as_judged(model.predict(evidence.rows), evidence.facts.plan)
    except (DataError, PackageError) as error:
        return None, str(error)
    return scores, ""


def is_sound(scores: Array, rows: int) -> bool:
    """One finite answer for each row."""
    return len(scores) == rows and bool(np.isfinite(scores).all())
