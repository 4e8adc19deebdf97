"""Fewer members: which trials are worth their time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from automl_tasks.search.ensemble import greedy_weights
from automl_tasks.search.ledger import Trial
from automl_tasks.search.selection import Selection

__all__ = ["Weighted", "affordable", "prefixes"]

Weighted = list[tuple[Trial, float]]
"""Trials and their weights, the heaviest first."""

_SCORED_ROWS = 20_000
_ROUNDS = 15


def affordable(selection: Selection, costs: Mapping[str, float], most: float) -> Weighted:
    """The best ensemble of trials that together cost no more than `most`; empty where none does.

    Parameters
    ----------
    costs
        By trial; others are left out.
    """
    trials = [*(trial for trial, _ in selection.chosen), *selection.others]
    able = [trial for trial in trials if costs.get(trial.id, np.inf) <= most]
    if not able:
        return []
    weights = greedy_weights(
        [selection.predictions[trial.id] for trial in able],
        selection.y,
        selection.plan.measure,
        folds=selection.folds,
        weight=selection.weight,
        rounds=_ROUNDS,
        most_rows=_SCORED_ROWS,
        seed=selection.plan.problem.seed,
        costs=[costs[trial.id] for trial in able],
        most_cost=most,
    )
    found = zip(able, weights.tolist(), strict=True)
    return sorted((pair for pair in found if pair[1] > 0), key=lambda pair: -pair[1])


def prefixes(chosen: Weighted, most: int) -> list[Weighted]:
    """The ensemble without its lightest trials, more and more of them, at most so many times."""
    sizes = sorted({round(size) for size in np.geomspace(1, len(chosen), most + 1)} - {len(chosen)})
    return [chosen[:size] for size in reversed(sizes)]
