"""What a person sees while a search runs: one small JSON file, replaced as it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from automl_tasks.search.budget import spent_seconds
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.plan import Plan, run_key
from automl_tasks.store import Store

__all__ = ["OnProgress", "Progress"]

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
        trials, good = self._ledger.trials(), self._ledger.good()
        state = {
            "stage": stage,
            "elapsed_seconds": round(spent_seconds(self._store, self._run_key), 1),
            "budget_seconds": self._plan.budget_seconds,
            "trials": len(trials),
            "failed": len(trials) - len(good),
            "best": good[0].score if good else None,
            "best_trial": good[0].id if good else None,
            "metric": self._plan.metric,
            "message": message,
        }
        self._store.write_json(f"{self._run_key}/progress.json", state)
        if self._on_progress is not None:
            self._on_progress(state)
