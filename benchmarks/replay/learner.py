"""LightGBM with its defaults on any rows of a stream; each model is trained once, when wanted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .stream import Windows

__all__ = ["Learner", "Model"]

Model = tuple[str, int]
"""How its rows are chosen, and the last window that it has seen.

``all``: everything up to that window; ``as_many``: as many of the newest windows as the first model
had; ``half``: everything up to the middle of that window; ``alone``: the first half of it.
"""

_ROUNDS = 100
_LEAST = 0.01


class Learner:
    """Models of a stream, their predictions and what they cost.

    Parameters
    ----------
    settings
        Of LightGBM, beside its defaults.

    Attributes
    ----------
    seconds
        Of training, by model.
    """

    def __init__(self, stream: Windows, settings: Mapping[str, Any] | None = None) -> None:
        self.stream, self._settings = stream, settings or {}
        self.seconds: dict[Model, float] = {}
        self._models: dict[Model, Any] = {}
        self._said: dict[tuple[Model, int], NDArray[Any]] = {}

    def predict(self, model: Model, window: int) -> NDArray[Any]:
        """(rows,) values or (rows, classes) probabilities of a window."""
        key = (model, window)
        if key not in self._said:
            self._said[key] = self._predict(model, self.stream.X.iloc[self.stream.of(window)])
        return self._said[key]

    def losses(self, model: Model, window: int) -> NDArray[np.float64]:
        """(rows,) log losses with probabilities of at least 1 %, or squared errors."""
        return self._losses(self.predict(model, window), self.stream.y[self.stream.of(window)])

    def losses_on(self, model: Model, X: Any, y: NDArray[Any]) -> NDArray[np.float64]:
        """The same on other rows."""
        return self._losses(self._predict(model, X), y)

    def _losses(self, said: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
        if self.stream.classes:
            return np.asarray(-np.log(np.clip(said[np.arange(len(y)), y], _LEAST, 1 - _LEAST)))
        return np.asarray((y - said) ** 2)

    def _predict(self, model: Model, X: Any) -> NDArray[Any]:
        fitted = self._fitted(model)
        if not self.stream.classes:
            return np.asarray(fitted.predict(X))
        said = np.zeros((len(X), self.stream.classes))
        if isinstance(fitted, int):
            said[:, fitted] = 1.0
        else:
            said[:, fitted.classes_] = fitted.predict_proba(X)
        return said

    def _fitted(self, model: Model) -> Any:
        if model not in self._models:
            started = time.process_time()
            self._models[model] = self._fit(*self._rows(model))
            self.seconds[model] = time.process_time() - started
        return self._models[model]

    def _rows(self, model: Model) -> tuple[int, int]:
        kind, last = model
        end = (last + 1) * self.stream.rows
        if kind in ("half", "alone"):
            begin = end - self.stream.rows if kind == "alone" else 0
            return begin, end - self.stream.rows // 2
        begin = (last + 1 - self.stream.first) * self.stream.rows if kind == "as_many" else 0
        return max(0, begin), end

    def _fit(self, begin: int, end: int) -> Any:
        import lightgbm

        X, y = self.stream.X.iloc[begin:end], self.stream.y[begin:end]
        settings: dict[str, Any] = {"n_estimators": _ROUNDS, "random_state": 0}
        settings |= {"n_jobs": 1, "verbose": -1, **self._settings}
        if not self.stream.classes:
            return lightgbm.LGBMRegressor(**settings).fit(X, y)
        if len(np.unique(y)) == 1:
            return int(y[0])
        return lightgbm.LGBMClassifier(**settings).fit(X, y)
