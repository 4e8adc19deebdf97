"""CatBoost models, saved in its binary format."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from ._base import Predictor
from .features import Features, matrix

__all__ = ["CatBoostPredictor", "make_pool"]

FILE = "model.cbm"
_FEW_ROWS = 64  # whose cells are read sooner one by one than column by column


class CatBoostPredictor(Predictor):
    """Predicts with a ``catboost.CatBoost`` model."""

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        from catboost import CatBoost

        return cls(info, CatBoost().load_model(str(folder / FILE)), threads)

    def _scores(self, features: Features) -> np.ndarray:
        kind = "RawFormulaVal" if self.task == "regression" else "Probability"
        pool = features.once(("pool", *self.info["categorical"]), self._pool)
        scores = self.model.predict(pool, prediction_type=kind, thread_count=self.threads)
        return np.asarray(scores[:, 1] if self.task == "binary" else scores)

    def _pool(self, features: Features) -> Any:
        categorical = self.info["categorical"]
        if len(features) > _FEW_ROWS:
            return make_pool(features.frame, categorical, None, self.threads)
        from catboost import Pool

        return Pool(features.cells, cat_features=categorical or None, thread_count=self.threads)


def make_pool(
    features: pd.DataFrame,
    categorical: list[int],
    label: np.ndarray | None,
    threads: int,
    weight: np.ndarray | None = None,
) -> Any:
    """A ``catboost.Pool``; numbers as one array where there are no categories."""
    from catboost import Pool

    data = features if categorical else matrix(features)
    return Pool(data, label, cat_features=categorical or None, weight=weight, thread_count=threads)
