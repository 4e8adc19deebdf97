"""What a candidate says of its holdout, as it is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.search.plan import Plan, run_key
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["holdout_prediction", "write_holdout"]

_FILE = "holdout.parquet"


def write_holdout(folder: Path, rows: pd.DataFrame, prediction: NDArray[Any], plan: Plan) -> None:
    """Store ids, targets and predictions of the holdout beside the candidate.

    Parameters
    ----------
    folder
        Of the candidate.
    rows
        The (n, columns) raw rows, in the order of the split.
    prediction
        (n,) values or (n, classes) probabilities.
    """
    from automl_tasks.ingest import row_ids

    table = row_ids(rows, plan.problem).rename("row_id").to_frame()
    table["target"] = rows[plan.problem.target]
    columns = prediction[:, None] if plan.classes is None else prediction
    table = table.assign(**dict(zip(_names(plan), columns.T, strict=True)))
    table.to_parquet(folder / _FILE, index=False)


def holdout_prediction(store: Store, plan: Plan) -> NDArray[np.float64]:
    """A candidate's stored predictions of its holdout, in the order of the split.

    Returns
    -------
    ndarray
        (n,) values or (n, classes) probabilities.
    """
    import pandas as pd

    key = f"{run_key(plan.problem.name, plan.run)}/candidate/{_FILE}"
    stored = pd.read_parquet(store.path(key))[_names(plan)].to_numpy(dtype=np.float64)
    return stored[:, 0] if plan.classes is None else stored


def _names(plan: Plan) -> list[str]:
    """Columns of the predictions."""
    if plan.classes is None:
        return ["prediction"]
    return [f"probability_{code}" for code in range(len(plan.classes))]
