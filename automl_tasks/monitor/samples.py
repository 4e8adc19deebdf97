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
    from automl_tasks.search import Candidate, Plan
    from automl_tasks.search.measure import Measure
    from automl_tasks.store import Store

__all__ = [
    "holdout_sample",
    "judged_by_group",
    "judged_rows",
    "labels_of",
    "measure_of_samples",
    "predictions_of",
    "target_codec",
    "window_sample",
    "with_known_label",
]

_WEIGHT = "weight"


def judged_by_group(plan: Plan, candidate: Candidate) -> bool:
    """Whether labels are judged that follow from the probabilities and the row's group."""
    from automl_tasks.search import METRICS

    return candidate.group_decision is not None and METRICS[plan.metric].needs == "labels"


def measure_of_samples(plan: Plan, candidate: Candidate) -> Measure:
    """The run's metric under the champion's decision; one by group stands in the samples."""
    from automl_tasks.search.measure import Labelling

    by_group = judged_by_group(plan, candidate)
    return plan.measure.decided(Labelling() if by_group else candidate.labelling)


def holdout_sample(store: Store, plan: Plan, candidate: Candidate | None = None) -> Sample:
    """The champion's own holdout, as its search predicted it.

    Parameters
    ----------
    candidate
        Where it decides by group and labels are judged, the sample is certain of its labels;
        None: probabilities as they are.
    """
    from automl_tasks.search import load_labels

    folder = store.path(f"{plan.problem.name}/runs/{plan.run}/candidate")
    holdout = pd.read_parquet(folder / "holdout.parquet")
    codec = target_codec(plan)
    columns = [f"probability_{code}" for code in range(len(codec.classes or ()))]
    labels = load_labels(store, plan)
    weight = labels.weight_of(labels.holdout)
    said = holdout[columns or "prediction"]
    if candidate is not None and judged_by_group(plan, candidate):
        from automl_tasks.ingest import load_snapshot

        rows = load_snapshot(store, plan.problem.name, plan.snapshot).read(plan.problem.protected)
        codes = candidate.labels(said.to_numpy(), rows.iloc[labels.holdout])
        said = pd.DataFrame(_certain(codes, codec))
    return _sample(holdout["target"], said, codec, plan, weight)


def window_sample(
    labelled: pd.DataFrame, plan: Plan, candidate: Candidate | None = None
) -> tuple[Sample, int]:
    """Labelled predictions, and the number of rows left out because their class is new.

    Parameters
    ----------
    candidate
        As for `holdout_sample`; the labels are those that were served.
    """
    codec, kept = target_codec(plan), judged_rows(labelled, plan)
    columns = [f"probability_{name}" for name in codec.classes or ()]
    # A champion from before the problem named its weights is judged without.
    weighted = plan.problem.weight is not None and _WEIGHT in kept
    weight = kept[_WEIGHT].to_numpy(dtype=float) if weighted else None
    said = kept[columns or "prediction"]
    if candidate is not None and judged_by_group(plan, candidate):
        said = pd.DataFrame(labels_of(kept, plan))
    sample = _sample(kept["label"], said, codec, plan, weight)
    return sample, len(labelled) - len(kept)


def predictions_of(log: pd.DataFrame, plan: Plan) -> NDArray[Any]:
    """(n,) values or (n, classes) probabilities that the champion has logged."""
    columns = [f"probability_{name}" for name in target_codec(plan).classes or ()]
    return np.asarray(log[columns or "prediction"].to_numpy(), dtype=np.float64)


def labels_of(log: pd.DataFrame, plan: Plan) -> NDArray[np.float64]:
    """(n, classes), certain of the labels that the champion has logged."""
    codec = target_codec(plan)
    return _certain(codec.encode(log["prediction"]), codec)


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


def _certain(codes: NDArray[Any], codec: TargetCodec) -> NDArray[np.float64]:
    """(n, classes), the labels in the place of probabilities."""
    return np.asarray(np.eye(len(codec.classes or ()))[codes], dtype=np.float64)


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
