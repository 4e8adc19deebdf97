"""River's adaptive random forest: learns every row once its label is known, never retrains."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from .run import Outcome, metric_of
from .stream import Windows

__all__ = ["online_forest"]


def online_forest(stream: Windows, delay: int, never: float, always: float) -> Outcome:
    """Predict window after window, and learn each one `delay` windows later."""
    started = time.process_time()
    model = _forest(stream)
    rows, y = _as_rows(stream.X), stream.y.tolist()
    said: list[Any] = []
    learned = 0
    for window in range(stream.first, stream.count):
        known = max(stream.first, window - delay) * stream.rows
        for at in range(learned, known):
            model.learn_one(rows[at], y[at])
        learned = max(learned, known)
        said += [_predict(model, rows[at], stream.classes) for at in range(*_ends(stream, window))]
    served = slice(stream.first * stream.rows, stream.count * stream.rows)
    metric = metric_of(stream, stream.y[served], np.array(said))
    return Outcome(
        stream=stream.name,
        policy="adaptive random forest",
        delay=delay,
        metric=round(metric, 6),
        retrains=0,
        gain_share=round((metric - never) / (always - never), 4) if always != never else None,
        seconds=round(time.process_time() - started, 2),
    )


def _forest(stream: Windows) -> Any:
    from river import forest

    if stream.classes:
        return forest.ARFClassifier(n_models=10, seed=0)
    # The linear models that its leaves may hold take no texts.
    texts = any(isinstance(each, pd.CategoricalDtype) for each in stream.X.dtypes)
    leaves = "mean" if texts else "adaptive"
    return forest.ARFRegressor(n_models=10, seed=0, leaf_prediction=leaves)


def _ends(stream: Windows, window: int) -> tuple[int, int]:
    return window * stream.rows, (window + 1) * stream.rows


def _predict(model: Any, row: dict[str, Any], classes: int) -> Any:
    if not classes:
        return float(model.predict_one(row) or 0.0)
    said = np.full(classes, 1e-6)
    for code, probability in model.predict_proba_one(row).items():
        said[code] += probability
    return said / said.sum()


def _as_rows(X: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as river wants them: numbers filled, levels as texts."""
    filled = pd.DataFrame(
        {
            name: values.astype(str)
            if isinstance(values.dtype, pd.CategoricalDtype)
            else values.fillna(values.median())
            for name, values in X.items()
        }
    )
    return filled.to_dict("records")
