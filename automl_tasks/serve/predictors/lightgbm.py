"""LightGBM models, saved as text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ._boosted import BoostedPredictor
from ._native_lightgbm import NativeLightGBM, lightgbm_library
from .features import Features

__all__ = ["LightGBMPredictor"]

FILE = "model.txt"
_TREES = 16  # as many stay in the processor's cache, while each row walks through all
_MANY_ROWS = 500  # whose walks cost more than the calls


class LightGBMPredictor(BoostedPredictor):
    """Predicts with a ``lightgbm.Booster``, or the same without its package.

    A booster keeps in itself with which round a prediction begins, so each of several callers at
    once gets one of its own.
    """

    library = "lightgbm"
    file = FILE

    def __init__(self, info: dict[str, Any], model: Any, threads: int = 1) -> None:
        super().__init__(info, model, threads)
        self._idle = [] if model is None else [model]

    def _read(self, native: bytes) -> Any:
        booster = _opened(native)
        self._idle.append(booster)
        return booster

    @contextmanager
    def _own_booster(self) -> Iterator[Any]:
        """A booster that nobody else uses meanwhile."""
        first = self._booster()
        try:
            booster = self._idle.pop()
        except IndexError:
            booster = _opened(first.model_to_string().encode())
        try:
            yield booster
        finally:
            self._idle.append(booster)

    def _raw(self, features: Features) -> np.ndarray:
        """Sums of the leaves of all rounds, of a few rounds at a time."""
        array = features.array
        with self._own_booster() as booster:
            rounds = step = int(self.info["iterations"])
            if len(array) >= _MANY_ROWS:
                step = max(1, _TREES // booster.num_model_per_iteration())
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


def _opened(native: bytes) -> Any:
    library = lightgbm_library()
    if library is not None:
        return NativeLightGBM(library, native)
    import lightgbm

    return lightgbm.Booster(model_str=native.decode())
