"""Whether a young champion does worse than the version whose place it took, on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from automl_tasks.assess.slices.row_losses import learned_losses
from automl_tasks.deliver import history as promotions
from automl_tasks.deliver import load_version, registry
from automl_tasks.errors import NightshiftError
from automl_tasks.monitor.payoff import Saving, measure_saving
from automl_tasks.monitor.samples import judged_rows, predictions_of, target_codec

if TYPE_CHECKING:
    from automl_tasks.monitor.observations import Observations
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["Predecessor", "measure_predecessor"]

_YOUNG = 3  # windows: later the predecessor is too old to be an alternative
_CERTAIN = 3.0  # standard errors: nobody has asked for this test, and it is made each time
_MOST_ROWS = 20_000


class Predecessor(BaseModel):
    """The version before the champion, on the champion's newest window.

    Attributes
    ----------
    saving
        What the predecessor would have saved, relative to the champion's loss; below 0 the
        champion is better.
    better
        The predecessor is better for certain.
    """

    model_config = ConfigDict(frozen=True)

    version: int
    rows: int
    saving: Saving
    better: bool


def measure_predecessor(
    observed: Observations, store: Store, plan: Plan, version: int
) -> Predecessor | None:
    """Let both predict the newest window; None where there is nothing to compare.

    Parameters
    ----------
    plan
        Of the champion's search.
    version
        Of the champion.
    """
    before = _replaced(store, plan.problem.name, version)
    seen = len(observed.windows) + len(observed.past)
    if before is None or not 1 <= seen <= _YOUNG:
        return None
    labelled = judged_rows(observed.windows[0].frame, plan)
    labelled = labelled[labelled["position"].notna()]
    labelled = labelled.iloc[:: max(1, -(-len(labelled) // _MOST_ROWS))]
    if len(labelled) < plan.problem.monitor.min_rows:
        return None
    rows = observed.rows.take(labelled["position"].to_numpy(dtype=np.int64))
    try:
        with registry():
            model = load_version(f"models:/{plan.problem.name}/{before}")
            said = model.predict(rows.drop(columns=plan.problem.target)).reset_index(drop=True)
        theirs = predictions_of(said, plan)
    except (NightshiftError, KeyError):
        return None  # gone, or of other columns or classes: no alternative
    y = target_codec(plan).encode(labelled["label"])
    ours = learned_losses(plan, y, predictions_of(labelled, plan))
    usual = float(ours.mean())
    saving = measure_saving(ours, learned_losses(plan, y, theirs), usual)
    if saving is None:
        return None
    better = saving.share > _CERTAIN * float(np.sqrt(saving.variance))
    return Predecessor(version=before, rows=len(labelled), saving=saving, better=better)


def _replaced(store: Store, name: str, version: int) -> int | None:
    """The version whose place this one took by a promotion; None after a rollback."""
    applied = [each for each in promotions(store, name) if each.applied]
    newest = applied[0] if applied else None
    if newest is None or newest.action != "promote" or newest.version != version:
        return None
    return newest.champion_before
