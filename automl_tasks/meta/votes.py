"""Recorded tables vote: what would a configuration improve on each of them?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tasks.meta.latent import expected_improvement
from automl_tasks.meta.scaling import WORST

__all__ = ["TableVotes"]

Floats = NDArray[np.float64]

_FEWEST = 3  # results, before which any pattern is chance
_NOISE = 0.05  # of the variance of the losses: how exactly a recorded table may be followed
_TRUST = 0.5  # of the likelihood; the trials of a table are no independent witnesses
_WIDTH = 0.2  # of a single table's losses, in normalised units; shrinks as kernel widths do
_MANY = 100  # tables, whose mean is smooth by itself
_PRIOR = 0.1  # of the votes that the results cannot take away


class TableVotes:
    """The expected gain as a mean over the recorded tables.

    The greedy choice by such gains is that of submodular portfolios (Feurer et al., Auto-sklearn
    2.0, JMLR 2022). Once there are results, a recorded table on which the same configurations
    came out alike counts for more: results are the best meta-features. Where few tables are
    recorded their losses count as uncertain, so that what none of them liked is in an order too.

    Parameters
    ----------
    losses : (tables, configurations) array
        Normalised and complete.
    weights : (tables,) array
        Votes before any result; they sum to 1.
    """

    def __init__(self, losses: Floats, weights: Floats) -> None:
        self._losses, self._weights = losses, weights
        self._width = np.array(_WIDTH * max(1, len(losses)) ** -0.2)

    def gains(self, finished: NDArray[np.int64], losses: Floats) -> Floats:
        """(configurations,) expected gains, in normalised units.

        Parameters
        ----------
        finished : (k,) array
            Positions of the configurations that have a loss here.
        losses : (k,) array
            Their losses, in the unit of the metric.
        """
        best = self._losses[:, finished].min(axis=1, initial=WORST)[:, None]
        weights = self._reweighted(finished, losses)
        if len(self._losses) > _MANY:
            return np.asarray(weights @ np.maximum(best - self._losses, 0.0))
        return np.asarray(weights @ expected_improvement(self._losses, self._width, best))

    def _reweighted(self, finished: NDArray[np.int64], losses: Floats) -> Floats:
        """Votes by how well the recorded losses, stretched and shifted, explain those here."""
        here = losses - losses.mean() if len(losses) else losses
        total = float(here @ here)
        if len(finished) < _FEWEST or total == 0:
            return self._weights
        there = self._losses[:, finished]
        there = there - there.mean(axis=1, keepdims=True)
        square = (there**2).sum(axis=1) + 1e-3
        stretch = np.maximum(there @ here / square, 0.0)
        left = total - 2 * stretch * (there @ here) + stretch**2 * square
        evidence = (
            -0.5 * _TRUST * (len(finished) - 1) * np.log(np.maximum(left / total, 0) + _NOISE)
        )
        weights = self._weights * np.exp(evidence - evidence.max())
        return np.asarray(_PRIOR * self._weights + (1 - _PRIOR) * weights / weights.sum())
