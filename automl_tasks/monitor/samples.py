"""Labels and predictions as the arrays that a metric takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from automl_tasks.errors import DataError
from automl_tasks.monitor.performance import Sample

if TYPE_CHECKING:
    from automl_tasks.features import TargetCodec
    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["holdout_sample", "window_sample"]


def holdout_sample(store: Store, plan: Plan) -> Sample:
    """The champion's own holdout, as its search predicted it."""
    folder = store.path(f"{plan.problem.name}/runs/{plan.run}/candidate")
    holdout = pd.read_parquet(folder / "holdout.parquet")
    codec = _codec(plan)
    columns = [f"probability_{code}" for code in range(len(codec.classes or ()))]
    return _sample(holdout["target"], holdout[columns or "prediction"], codec, plan)


def window_sample(labelled: pd.DataFrame, plan: Plan) -> tuple[Sample, int]:
    """Labelled predictions, and the number of rows left out because their class is new."""
    codec = _codec(plan)
    known = _known_labels(labelled["label"], codec)
    kept = labelled[known]
    columns = [f"probability_{name}" for name in codec.classes or ()]
    sample = _sample(kept["label"], kept[columns or "prediction"], codec, plan)
    return sample, int((~known).sum())


def _codec(plan: Plan) -> TargetCodec:
    from automl_tasks.features import TargetCodec

    return TargetCodec.from_state(plan.target)


def _sample(
    truth: pd.Series, prediction: pd.Series | pd.DataFrame, codec: TargetCodec, plan: Plan
) -> Sample:
    return Sample(codec.encode(truth), prediction.to_numpy(), plan.problem.split == "time")


def _known_labels(labels: pd.Series, codec: TargetCodec) -> pd.Series:
    if codec.classes is None:
        return labels.notna()

    def known(label: object) -> bool:
        try:
            codec.encode(pd.Series([label]))
        except DataError:
            return False
        return True

    return labels.isin([label for label in labels.unique() if known(label)])
