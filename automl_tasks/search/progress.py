"""What a person sees while a search runs: one small JSON file, replaced as it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from automl_tasks.search.budget import spent_seconds
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.metrics import score_of_loss
from automl_tasks.search.plan import Plan, run_key
from automl_tasks.store import Store

__all__ = ["OnProgress", "Progress", "score_of"]

OnProgress = Callable[[dict[str, Any]], None]


class Progress:
    """Writes ``progress.json`` and tells a listener.

    Parameters
    ----------
    on_progress
        Gets what was written.
    """

    def __init__(
        self, store: Store, plan: Plan, ledger: Ledger, on_progress: OnProgress | None = None
    ) -> None:
        self._store, self._plan, self._ledger = store, plan, ledger
        self._on_progress = on_progress
        self._run_key = run_key(plan.problem.name, plan.run)

    def report(self, stage: str, message: str = "") -> None:
        """Write down where the run stands."""
        trials = self._ledger.trials()  # asked once: another worker may end a fold meanwhile
        best = self._ledger.best()
        state = {
            "stage": stage,
            "elapsed_seconds": round(spent_seconds(self._store, self._run_key), 1),
            "budget_seconds": self._plan.budget_seconds,
            "trials": len(trials),
            "failed": sum(not trial.ok for trial in trials),
            "best": score_of(self._plan, best),
            "best_trial": best.id if best else None,
            # A score of some folds is no yardstick for one of all.
            "best_folds": [len(best.good), best.configuration.folds] if best else None,
            "metric": self._plan.metric,
            "replays": self._plan.replays,
            "message": message,
        }
        self._store.write_json(f"{self._run_key}/progress.json", state)
        if self._on_progress is not None:
            self._on_progress(state)


def score_of(plan: Plan, trial: Trial | None) -> float | None:
    """A trial's score by the run's metric; None where there is none."""
    if trial is None or not math.isfinite(trial.loss):
        return None
    return score_of_loss(plan.metric, trial.loss)
