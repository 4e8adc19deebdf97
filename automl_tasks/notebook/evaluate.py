"""Last stage: how good the model is on rows that it has not learned from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from automl_tasks.assess import assess
from automl_tasks.assess.constant import Constant
from automl_tasks.assess.intervals import holdout_metrics
from automl_tasks.errors import DataError
from automl_tasks.features import TargetCodec
from automl_tasks.ingest import plain_frame
from automl_tasks.notebook.searching import SearchResult
from automl_tasks.search import load_labels
from automl_tasks.search.measure import Labelling
from automl_tasks.search.metrics import METRICS, measures_of
from automl_tasks.search.weights import row_weights

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.assess.intervals import Interval

__all__ = ["evaluate"]


def evaluate(result: SearchResult, data: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every metric of the task on the run's holdout, or on other rows with their target.

    Returns
    -------
    DataFrame
        By metric: ``value``, its 95 % interval ``low`` to ``high``, and ``baseline``, the value
        of a constant predictor.

    Raises
    ------
    DataError
        When nothing was held out and no rows are given.
    """
    import pandas as pd

    plan = result.plan
    if data is not None:
        metrics = _on(data, result)
    elif plan.holdout_rows:
        metrics = assess(result.prepared.store, plan.problem.name, plan.run).metrics
    else:
        raise DataError(
            "no rows were held out, so there is nothing to evaluate on",
            where=plan.problem.name,
            remedy="Give rows that the search has not seen, or set the problem's holdout",
        )
    rows = {name: interval.model_dump() for name, interval in metrics.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("metric")


def _on(data: pd.DataFrame, result: SearchResult) -> dict[str, Interval]:
    plan, target = result.plan, result.plan.problem.target
    rows = plain_frame(data)
    if target not in rows:
        raise DataError(
            f"column {target!r} is missing",
            where="the rows to evaluate on",
            remedy="Give rows with their target",
        )
    codec = TargetCodec.from_state(plan.target)
    labels = load_labels(result.prepared.store, plan)
    constant = Constant(
        labels.y[labels.develop], labels.weight_of(labels.develop), len(plan.classes or ())
    )
    weighted = plan.problem.weight in rows
    measures = measures_of(plan.problem, plan.classes, result.candidate.labelling)
    judge = partial(
        holdout_metrics,
        y=codec.encode(rows[target]),
        constant=constant,
        weight=row_weights(rows, plan.problem) if weighted else None,
        seed=plan.problem.seed,
    )
    said = np.asarray(result.model.predict_raw(rows))
    found = judge(measures, prediction=said)
    if result.candidate.group_decision is None:
        return found
    # As in `assess`: a decision by group reads the rows, so metrics of labels get its labels.
    certain = np.eye(len(plan.classes or ()))[result.candidate.labels(said, rows)]
    of_labels = [each for each in measures if METRICS[each.name].needs == "labels"]
    return found | judge([each.decided(Labelling()) for each in of_labels], prediction=certain)
