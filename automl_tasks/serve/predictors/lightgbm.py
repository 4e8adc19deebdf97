"""LightGBM models, saved as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np

from ._base import Predictor
from .features import Features

__all__ = ["LightGBMPredictor"]

FILE = "model.txt"


class LightGBMPredictor(Predictor):
    """Predicts with a ``lightgbm.Booster``."""

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        import lightgbm

        return cls(info, lightgbm.Booster(model_file=folder / FILE), threads)

    def _scores(self, features: Features) -> np.ndarray:
        return np.asarray(
            self.model.predict(
                features.array,
                num_iteration=self.info["iterations"],
                num_threads=self.threads,
            )
        )
