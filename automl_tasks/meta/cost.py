"""How long a configuration trains on a table of some size, from recorded seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tasks.meta.matrix import Matrix, Size

__all__ = ["CostModel", "Prior"]

Prior = Callable[[str, Size], float]
"""Seconds of a family on a table of some size, before anything was recorded."""

Floats = NDArray[np.float64]

_SHORTEST = 1e-3  # seconds; below, a clock measures itself
_RIDGE = 1.0  # pulls a configuration to its family, and a family to all
_STIFFNESS = 20.0  # pulls the slopes to those of a prior: a few odd tables must not tilt them
_SHRINKAGE = 1.0  # finished trials that the recorded machine's speed counts for


class CostModel:
    """Log-linear seconds: log s = log prior + a + b log rows + c log columns + d log classes.

    One line for each configuration, a ridge fit to what the line of its family leaves, which is
    a ridge fit to what the line of all leaves: a configuration that was recorded once or never
    costs what its family does. In the recorded results that it was designed on, half of the
    predictions are within a factor of 1.6: enough for an order, too loose for a deadline.

    Parameters
    ----------
    matrix
        Its `seconds` and `sizes`.
    prior
        What the lines correct: it knows how a family's seconds grow with rows and classes where
        the recorded tables are few or all small. None: one second.
    """

    def __init__(self, matrix: Matrix, prior: Prior | None = None) -> None:
        self._families = np.array(matrix.families, dtype=object)
        self._prior = prior
        self._center = matrix.sizes.mean(axis=0) if len(matrix.sizes) else np.zeros(3)
        logs = np.log(np.maximum(matrix.seconds, _SHORTEST))
        if len(matrix.sizes):
            logs = logs - np.stack([self._prior_logs(Size.of(each)) for each in matrix.sizes])
        self._coefficients = np.zeros((len(self._families), 4))
        if np.isfinite(logs).any():
            self._fit(self._terms(matrix.sizes), logs)

    def seconds(self, size: Size) -> Floats:
        """(configurations,) seconds on the machine of the records."""
        lines = self._coefficients @ self._terms(size.logs()[None])[0]
        return np.asarray(np.exp(self._prior_logs(size) + lines))

    def corrected(
        self, predicted: Floats, finished: Sequence[int], measured: Sequence[float]
    ) -> Floats:
        """Predictions for this machine and table, from the trials that have ended on it.

        Parameters
        ----------
        predicted : (configurations,) array
            From `seconds`, or any other.
        finished, measured
            Positions of the configurations that have ended, and their seconds.
        """
        if not len(finished):
            return predicted
        at = np.asarray(finished)
        ratio = np.log(np.maximum(measured, _SHORTEST)) - np.log(predicted[at])
        overall = float(ratio.sum() / (len(at) + _SHRINKAGE))
        corrected = np.full(len(predicted), overall)
        for family in set(self._families[at]):
            own = ratio[self._families[at] == family] - overall
            corrected[self._families == family] += own.sum() / (len(own) + _SHRINKAGE)
        return np.asarray(predicted * np.exp(corrected))

    def _prior_logs(self, size: Size) -> Floats:
        """(configurations,) logarithms of the prior seconds."""
        if self._prior is None:
            return np.zeros(len(self._families))
        by_family = {each: self._prior(each, size) for each in dict.fromkeys(self._families)}
        return np.log([by_family[family] for family in self._families])

    def _terms(self, sizes: Floats) -> Floats:
        return np.hstack([np.ones((len(sizes), 1)), sizes - self._center])

    def _fit(self, terms: Floats, logs: Floats) -> None:
        tables, columns = np.nonzero(np.isfinite(logs))
        target = logs[tables, columns]
        common = self._ridge(terms[tables], target, weak=1e-3)
        left = target - terms[tables] @ common
        self._coefficients += common
        for family in dict.fromkeys(self._families[columns]):
            of_family = self._families == family
            some = of_family[columns]
            line = self._ridge(terms[tables[some]], left[some], weak=_RIDGE)
            self._coefficients[of_family] += line
            left[some] -= terms[tables[some]] @ line
        for column in np.unique(columns):
            some = columns == column
            line = self._ridge(terms[tables[some]], left[some], weak=_RIDGE)
            self._coefficients[column] += line
            left[some] -= terms[tables[some]] @ line

    def _ridge(self, terms: Floats, target: Floats, weak: float) -> Floats:
        stiff = weak if self._prior is None else _STIFFNESS
        gram = terms.T @ terms + np.diag([weak, stiff, stiff, stiff])
        return np.asarray(np.linalg.solve(gram, terms.T @ target))
