"""XGBoost models, saved as UBJSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ._boosted import BoostedPredictor
from ._native_xgboost import NativeXGBoost, xgboost_library
from .features import Features, matrix

__all__ = ["XGBoostPredictor", "coded_matrix"]

FILE = "model.ubj"


class XGBoostPredictor(BoostedPredictor):
    """Predicts with an ``xgboost.Booster``, or the same without its package."""

    library = "xgboost"
    file = FILE

    def __init__(self, info: dict[str, Any], model: Any, threads: int = 1) -> None:
        super().__init__(info, model, threads)
        if model is not None:
            model.set_param({"nthread": threads})

    def _read(self, native: bytes) -> Any:
        library = xgboost_library()
        if library is not None:
            return NativeXGBoost(library, native, self.threads)
        import xgboost

        booster = xgboost.Booster(model_file=bytearray(native))
        booster.set_param({"nthread": self.threads})
        return booster

    def _raw(self, features: Features) -> np.ndarray:
        array = features.once(("coded", *self.info["categorical"]), self._coded)
        booster = self._booster()
        if isinstance(booster, NativeXGBoost):
            return booster.margins(array)
        sums = booster.inplace_predict(array, predict_type="margin", validate_features=False)
        return np.asarray(sums)

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
