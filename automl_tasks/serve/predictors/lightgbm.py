"""LightGBM models, saved as text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np

from ._base import Predictor
from .features import Features
from .linear import sigmoid, softmax

__all__ = ["LightGBMPredictor"]

FILE = "model.txt"
_TREES = 16  # as many stay in the processor's cache, while each row walks through all
_MANY_ROWS = 500  # whose walks cost more than the calls


class LightGBMPredictor(Predictor):
    """Predicts with a ``lightgbm.Booster``.

    A booster keeps in itself with which round a prediction begins, so each of several callers at
    once gets one of its own.
    """

    def __init__(self, info: dict[str, Any], model: Any, threads: int = 1) -> None:
        super().__init__(info, model, threads)
        self._idle = [model]

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        import lightgbm

        return cls(info, lightgbm.Booster(model_file=folder / FILE), threads)

    @contextmanager
    def _booster(self) -> Iterator[Any]:
        """A booster that nobody else uses meanwhile."""
        import lightgbm

        try:
            booster = self._idle.pop()
        except IndexError:
            booster = lightgbm.Booster(model_str=self.model.model_to_string())
        try:
            yield booster
        finally:
            self._idle.append(booster)

    def _scores(self, features: Features) -> np.ndarray:
        raw = self._raw(features.array)
        if self.task == "regression":
            return raw
        return sigmoid(raw) if self.task == "binary" else softmax(raw)

    def _raw(self, array: np.ndarray) -> np.ndarray:
        """Sums of the leaves of all rounds, of a few rounds at a time."""
        rounds = step = int(self.info["iterations"])
        if len(array) >= _MANY_ROWS:
            step = max(1, _TREES // self.model.num_model_per_iteration())
        with self._booster() as booster:
            parts = (
                booster.predict(
                    array,
                    start_iteration=start,
                    num_iteration=min(step, rounds - start),
                    raw_score=True,
                    num_threads=self.threads,
                )
                for start in range(0, rounds, step)
            )
            return np.asarray(sum(parts))
