"""What a finished run teaches later ones."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from automl_tasks.meta import Result
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.plan import Plan
from automl_tasks.store import Store

__all__ = ["record_run"]


def record_run(store: Store, plan: Plan, ledger: Ledger) -> None:
    """Add a run's losses and seconds to the store's knowledge base; once more changes nothing.

    A replay teaches nothing that the run which it replays has not taught.
    """
    from automl_tasks.features import feature_columns
    from automl_tasks.meta import Recorded, append_run

    trials = [trial for trial in ledger.trials() if trial.configuration.rows is None]
    if not trials or plan.replays is not None:
        return
    table = Recorded(
        name=plan.problem.name,
        fingerprint=plan.fingerprint,
        task=plan.task,
        metric=plan.metric,
        rows=plan.fold_rows,
        columns=len(feature_columns(plan.roles)),
        classes=len(plan.classes or ()),
        folds=plan.folds,
        threads=plan.threads,
        metafeatures=plan.metafeatures,
        results={trial.configuration.known.key: _result(trial) for trial in trials},
        recorded_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    append_run(store, plan.run, table, [trial.configuration.known for trial in trials])


def _result(trial: Trial) -> Result:
    """Loss, and the seconds of a fold without haste, or of more steps."""
    finite = math.isfinite(trial.loss)
    seconds = trial.fold_seconds if trial.ok else trial.seconds
    usual = seconds / trial.configuration.effort
    return Result(loss=trial.loss if finite else None, seconds=round(usual, 3))
