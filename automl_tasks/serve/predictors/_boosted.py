"""What gradient boosting by LightGBM and by XGBoost has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Self

import numpy as np

from ._base import Predictor
from .features import Features
from .linear import sigmoid, softmax
from .trees import TREES, Trees, load_trees

__all__ = ["BoostedPredictor", "walk_together"]

_FEW_ROWS = 8  # that the flat trees answer sooner


class BoostedPredictor(Predictor):
    """Predicts few rows with flat trees, where there are such, and others with the booster.

    The booster is read when it is needed; a service of single rows never needs it.

    Attributes
    ----------
    library, file
        Name of the library and of its native file.
    """

    library: ClassVar[str]
    file: ClassVar[str]

    def __init__(self, info: dict[str, Any], model: Any, threads: int = 1) -> None:
        super().__init__(info, model, threads)
        self._trees: Trees | None = None
        self._place = 0  # of this model among those of the trees
        self._native = b""
        self._reading = Lock()

    @classmethod
    def load(cls, folder: Path, info: dict[str, Any], threads: int) -> Self:
        if find_spec(cls.library) is None:
            raise ModuleNotFoundError(f"No module named {cls.library!r}", name=cls.library)
        made = cls(info, None, threads)
        made._native = (folder / cls.file).read_bytes()
        if (folder / TREES).exists():
            made._trees = load_trees(folder / TREES, len(made.columns))
        else:
            made._booster()
        return made

    @abstractmethod
    def _read(self, native: bytes) -> Any:
        """Booster from the content of its native file."""

    @abstractmethod
    def _raw(self, features: Features) -> np.ndarray:
        """Sums of the booster's trees: (n,) or (n, classes)."""

    def _booster(self) -> Any:
        if self.model is None:
            with self._reading:
                if self.model is None:
                    self.model, self._native = self._read(self._native), b""
        return self.model

    def _scores(self, features: Features) -> np.ndarray:
        trees = self._trees if len(features) <= _FEW_ROWS else None
        raw = self._raw(features) if trees is None else self._walked(trees, features)
        if self.task == "regression":
            return raw
        raw = raw.astype(np.float64)
        return sigmoid(raw) if self.task == "binary" else softmax(raw)

    def _walked(self, trees: Trees, features: Features) -> np.ndarray:
        every = features.once(("trees", id(trees)), lambda given: trees.sums(given.array))
        return np.asarray(every[self._place])


def walk_together(predictors: Iterable[object]) -> None:
    """Let those that have flat trees of the same features answer few rows in one walk."""
    alike: dict[Any, list[BoostedPredictor]] = {}
    for each in predictors:
        if isinstance(each, BoostedPredictor) and each._trees is not None:
            alike.setdefault((tuple(each.columns), each._trees.kind), []).append(each)
    for several in alike.values():
        models = [each._trees.models[each._place] for each in several if each._trees]
        together = Trees(models, len(several[0].columns))
        for place, each in enumerate(several):
            each._trees, each._place = together, place
