"""Labels and predictions as the arrays that a metric takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl_tasks.errors import DataError
from automl_tasks.monitor.performance import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.features import TargetCodec
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = [
    "holdout_sample",
    "judged_rows",
    "predictions_of",
    "target_codec",
    "window_sample",
    "with_known_label",
]

_WEIGHT = "weight"


def holdout_sample(store: Store, plan: Plan) -> Sample:
    """The champion's own holdout, as its search predicted it."""
    from automl_tasks.search import load_labels

    folder = store.path(f"{plan.problem.name}/runs/{plan.run}/candidate")
    holdout = pd.read_parquet(folder / "holdout.parquet")
    codec = target_codec(plan)
    columns = [f"probability_{code}" for code in range(len(codec.classes or ()))]
    labels = load_labels(store, plan)
    weight = labels.weight_of(labels.holdout)
    return _sample(holdout["target"], holdout[columns or "prediction"], codec, plan, weight)


def window_sample(labelled: pd.DataFrame, plan: Plan) -> tuple[Sample, int]:
    """Labelled predictions, and the number of rows left out because their class is new."""
    codec, kept = target_codec(plan), judged_rows(labelled, plan)
    columns = [f"probability_{name}" for name in codec.classes or ()]
    # A champion from before the problem named its weights is judged without.
    weighted = plan.problem.weight is not None and _WEIGHT in kept
    weight = kept[_WEIGHT].to_numpy(dtype=float) if weighted else None
    sample = _sample(kept["label"], kept[columns or "prediction"], codec, plan, weight)
    return sample, len(labelled) - len(kept)


def predictions_of(log: pd.DataFrame, plan: Plan) -> NDArray[Any]:
    """(n,) values or (n, classes) probabilities that the champion has logged."""
    columns = [f"probability_{name}" for name in target_codec(plan).classes or ()]
    return np.asarray(log[columns or "prediction"].to_numpy(), dtype=np.float64)


def judged_rows(labelled: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Labelled predictions that `window_sample` holds, in its order: without new classes."""
    return labelled[with_known_label(labelled["label"], plan)]


def target_codec(plan: Plan) -> TargetCodec:
    """How the champion numbers its classes."""
    from automl_tasks.features import TargetCodec

    return TargetCodec.from_state(plan.target)


def _sample(
    truth: pd.Series,
    prediction: pd.Series | pd.DataFrame,
    codec: TargetCodec,
    plan: Plan,
    weight: NDArray[Any] | None,
) -> Sample:
    in_time = plan.problem.split == "time"
    return Sample(codec.encode(truth), prediction.to_numpy(), in_time, weight)


def with_known_label(labels: pd.Series, plan: Plan) -> pd.Series:
    """Mask of the rows whose label is there and that the champion has seen before."""
    codec = target_codec(plan)
    if codec.classes is None:
        return labels.notna()

    def known(label: object) -> bool:
        try:
            codec.encode(pd.Series([label]))
        except DataError:
            return False
        return True

    return labels.isin([label for label in labels.unique() if known(label)])
