"""What an explanation holds, and where it is."""

from __future__ import annotations

from pydantic import BaseModel

from automl_tasks.assess.explanation.ablation import Ablation
from automl_tasks.assess.explanation.effects import Effect
from automl_tasks.assess.explanation.estimates import Estimate
from automl_tasks.assess.explanation.surrogate import Surrogate
from automl_tasks.search.results import load_result
from automl_tasks.store import Store

__all__ = ["ColumnImportance", "Explanation", "explanation_key", "load_explanation"]


class ColumnImportance(BaseModel):
    """How much a raw column matters.

    Attributes
    ----------
    contribution
        Mean size of its Shapley value: in the unit of the target, or as probability that it moves
        from classes to others.
    loss_rise
        Of the run's loss when the column is shuffled; None where time was up before.
    """

    column: str
    contribution: Estimate
    loss_rise: Estimate | None


class Explanation(BaseModel):
    """Why a run's model answers as it does; from a sample of the holdout, without any row of it.

    Attributes
    ----------
    loss
        What rises are rises of: the metric, or 1 - metric where greater is better.
    base
        Mean answer for the background, by class or ``value``: Shapley values explain the
        difference from it.
    importance
        Raw columns, the largest mean contribution first.
    contribution_rows, contribution_pairs
        Rows whose answers were explained, and pairs of permutations for each.
    permutation_rows, permutation_repeats
        Rows over which columns were shuffled, and how often.
    effects, effect_rows
        Partial dependence of the main columns, and rows that it is a mean over.
    surrogate
        None where too few rows could check it.
    seconds
        That all this took.
    """

    run: str
    metric: str
    loss: str
    summary: str
    base: dict[str, float]
    importance: list[ColumnImportance]
    contribution_rows: int
    contribution_pairs: int
    permutation_rows: int
    permutation_repeats: int
    effects: list[Effect]
    effect_rows: int
    surrogate: Surrogate | None
    ablation: Ablation
    holdout_rows: int
    seconds: float
    notes: list[str]


def explanation_key(name: str, run: str) -> str:
    """Where a run's explanation is."""
    return f"{name}/runs/{run}/explanation.json"


def load_explanation(store: Store, name: str, run: str) -> Explanation:
    """The explanation of a run.

    Raises
    ------
    SearchError
        When the run has none.
    """
    return load_result(
        store,
        explanation_key(name, run),
        Explanation,
        run=(name, run),
        lacks="the run was not explained",
        remedy="Run the stage 'explain' of this run first",
    )
