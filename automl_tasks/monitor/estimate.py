"""Estimated performance of a champion on rows whose labels have not arrived. Advisory.

It never sees concept drift, and says so: `CAUTION` is part of every result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl_tasks.monitor.cbpe import estimate_classes
from automl_tasks.monitor.direct_loss import estimate_values
from automl_tasks.monitor.estimated import CAUTION, EstimatedPerformance
from automl_tasks.monitor.performance import Sample

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from automl_tasks.search.measure import Measure

__all__ = ["CAUTION", "EstimatedPerformance", "estimate_performance"]


def estimate_performance(
    prediction: NDArray[np.float64],
    reference: Sample,
    measure: Measure,
    *,
    weight: NDArray[np.float64] | None = None,
    answers: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    features: pd.DataFrame | None = None,
    reference_features: pd.DataFrame | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> EstimatedPerformance:
    """Estimate the metric that labels would show, by what the champion's holdout taught.

    Parameters
    ----------
    prediction
        (n, classes) probabilities, or (n,) values, of the rows without labels.
    reference
        The champion's holdout, encoded as the metric takes it.
    measure
        With the champion's decision, see `Measure.decided`.
    weight
        (n,) weights of the rows; None: all equal.
    answers
        Of classes: what the metric judges, of the rows and of the holdout, where labels follow from
        more than the probabilities, such as from a group; None: the probabilities.
    features, reference_features
        Of a regression: raw feature columns of the new rows and of the holdout, row by row. The
        error is explained by the prediction alone where they are None.
    confidence
        Of the intervals.

    Returns
    -------
    EstimatedPerformance
        The same for the same rows; without numbers, and with the reason, where none can be given.
    """
    values = np.asarray(prediction, dtype=np.float64)
    window = Sample(np.zeros(len(values), dtype=np.int64), values, reference.ordered, weight)
    if values.ndim == 2:
        return estimate_classes(
            window, reference, measure, answers=answers, confidence=confidence, seed=seed
        )
    return estimate_values(
        window,
        reference,
        measure,
        features=features,
        reference_features=reference_features,
        confidence=confidence,
        seed=seed,
    )
