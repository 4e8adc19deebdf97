"""XGBoost models, saved as UBJSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from ._base import Predictor
from .features import Features, matrix

__all__ = ["XGBoostPredictor", "coded_matrix"]

FILE = "model.ubj"


class XGBoostPredictor(Predictor):
    """Predicts with an ``xgboost.Booster``."""

    def __init__(self, info: dict[str, Any], model: Any, threads: int = 1) -> None:
        super().__init__(info, model, threads)
        model.set_param({"nthread": threads})

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        import xgboost

        return cls(info, xgboost.Booster(model_file=folder / FILE), threads)

    def _scores(self, features: Features) -> np.ndarray:
        array = features.once(("coded", *self.info["categorical"]), self._coded)
        return np.asarray(self.model.inplace_predict(array, validate_features=False))

    def _coded(self, features: Features) -> np.ndarray:
        return _coded(features.array.copy(order="K"), self.info["categorical"])


def coded_matrix(features: pd.DataFrame, categorical: list[int]) -> np.ndarray:
    """Features as one array in which category code -1 is NaN, as XGBoost wants missing ones."""
    return _coded(matrix(features), categorical)


def _coded(array: np.ndarray, categorical: list[int]) -> np.ndarray:
    if categorical:
        coded = array[:, categorical]
        array[:, categorical] = np.where(coded < 0, np.nan, coded)
    return array
