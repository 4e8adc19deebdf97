"""Bayesian optimisation with a forest: it takes mixed and conditional spaces as they come.

Sequential model-based optimisation after SMAC (Hutter, Hoos and Leyton-Brown, LION 2011), with
extremely randomised trees in place of a random forest: their spread is smoother, and they cost a
quarter. Losses are replaced by the normal scores of their ranks, so that neither the unit of a
metric nor one disastrous trial matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.meta.latent import expected_improvement
from automl_tasks.meta.space import Space

__all__ = ["ForestSampler", "Observation", "Proposal"]

Floats = NDArray[np.float64]

_TREES = 40
_CANDIDATES = 600
_PARENTS = 10
_CHILDREN = 15
_ROUNDS = 2  # of local search from the best candidates
_EXPLORE = 0.06  # of proposals are random, so that no region stays unseen for ever
_FEWEST = 4  # observations, below which a forest has nothing to learn


@dataclass(frozen=True)
class Observation:
    """A trial: its parameters, its loss (infinite when it failed), its seconds when known."""

    params: Mapping[str, Any]
    loss: float
    seconds: float | None = None


@dataclass(frozen=True)
class Proposal:
    """Parameters to try.

    Attributes
    ----------
    improvement
        Expected, in standard deviations of the scores of what was observed; None when drawn at
        random.
    seconds
        Expected duration; None when no observation was timed.
    """

    params: dict[str, Any]
    improvement: float | None
    seconds: float | None


class ForestSampler:
    """Proposes the point with the greatest expected improvement (per second, where timed).

    The same observations in the same order give the same proposal: it holds no state, so that a
    search which was interrupted continues as if it had not been.

    Parameters
    ----------
    space
        What is searched.
    seed
        Of all that is random.
    """

    def __init__(self, space: Space, seed: int = 0) -> None:
        self.space, self.seed = space, seed

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Mapping[str, Any]] = ()
    ) -> Proposal:
        """The parameters to try next.

        Parameters
        ----------
        observations
            In the order in which they ended.
        pending
            Running elsewhere: taken for mediocre until they end.
        """
        random = np.random.default_rng([self.seed, len(observations), len(pending)])
        if len(observations) < _FEWEST or random.random() < _EXPLORE:
            return Proposal(self._unseen(random, observations, pending), None, None)
        tried = [each.params for each in observations] + list(pending)
        points = np.array([self.space.point(each) for each in tried])
        scores = _normal_scores(np.array([each.loss for each in observations]))
        scores = np.concatenate([scores, np.zeros(len(pending))])
        surrogate = _Surrogate(self.space, points, scores, observations, random)
        best = points[np.argsort(scores, kind="stable")[:_PARENTS]]
        return self._best(surrogate, best, tried, random)

    def _best(
        self,
        surrogate: _Surrogate,
        parents: Floats,
        tried: Sequence[Mapping[str, Any]],
        random: np.random.Generator,
    ) -> Proposal:
        drawn = random.random((_CANDIDATES // 2, parents.shape[1]))
        repeats = _CANDIDATES // 2 // len(parents)
        near = _mutated(np.repeat(parents, repeats, axis=0), random, share=0.25, step=0.1)
        points = np.vstack([drawn, near])
        rates, gains, seconds = surrogate.rate(points)
        for _ in range(_ROUNDS):
            top = points[np.argsort(-rates, kind="stable")[:_PARENTS]]
            near = _mutated(np.repeat(top, _CHILDREN, axis=0), random, share=0.1, step=0.06)
            more = surrogate.rate(near)
            points = np.vstack([points, near])
            rates, gains, seconds = (
                np.concatenate(pair) for pair in zip((rates, gains, seconds), more, strict=True)
            )
        for at in np.argsort(-rates, kind="stable"):
            params = self.space.params(points[at])
            if params not in tried:
                timed = float(seconds[at]) if surrogate.timed else None
                return Proposal(params, float(gains[at]), timed)
        return Proposal(self.space.params(points[0]), 0.0, None)

    def _unseen(
        self,
        random: np.random.Generator,
        observations: Sequence[Observation],
        pending: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:
        tried = [each.params for each in observations] + list(pending)
        params = self.space.params(random.random(len(self.space.dimensions)))
        for _ in range(_CANDIDATES):  # a space of few choices may be used up
            if params not in tried:
                break
            params = self.space.params(random.random(len(self.space.dimensions)))
        return params


class _Surrogate:
    """Forests of the scores, and of the logarithm of the seconds."""

    def __init__(
        self,
        space: Space,
        points: Floats,
        scores: Floats,
        observations: Sequence[Observation],
        random: np.random.Generator,
    ) -> None:
        self._space = space
        self._lowest = float(scores.min())
        features = np.nan_to_num(points, nan=-1.0)
        self._scores = _forest(features, scores, random)
        timed = [at for at, each in enumerate(observations) if each.seconds is not None]
        self.timed = len(timed) >= _FEWEST
        if self.timed:
            seconds = [observations[at].seconds or 0.0 for at in timed]
            self._seconds = _forest(features[timed], np.log(np.maximum(seconds, 1e-3)), random)

    def rate(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Expected improvement per second, expected improvement, and seconds (1 if untimed)."""
        features = np.nan_to_num(self._space.snapped(points), nan=-1.0).astype(np.float32)
        each = np.array([tree.predict(features, check_input=False) for tree in self._scores])
        gains = expected_improvement(each.mean(axis=0), each.std(axis=0) + 1e-3, self._lowest)
        seconds = np.ones(len(points))
        if self.timed:
            each = np.array([tree.predict(features, check_input=False) for tree in self._seconds])
            seconds = np.exp(each.mean(axis=0))
        return gains / seconds, gains, seconds


def _forest(features: Floats, target: Floats, random: np.random.Generator) -> list[Any]:
    from sklearn.ensemble import ExtraTreesRegressor

    model = ExtraTreesRegressor(
        _TREES, max_features=0.8, random_state=int(random.integers(1 << 30)), n_jobs=1
    )
    trees: list[Any] = model.fit(features, target).estimators_
    return trees


def _normal_scores(losses: Floats) -> Floats:
    """Quantiles of the normal distribution at the ranks; equal losses share a rank."""
    levels, codes, counts = np.unique(losses, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - 0.5 * counts
    normal = NormalDist()
    scores = np.array([normal.inv_cdf(each / len(losses)) for each in middle[: len(levels)]])
    return np.asarray(scores[codes])


def _mutated(points: Floats, random: np.random.Generator, share: float, step: float) -> Floats:
    """Children that differ from their parents in at least about one and a half dimensions."""
    share = max(share, 1.5 / points.shape[1])
    filled = np.where(np.isnan(points), random.random(points.shape), points)
    change = random.random(points.shape) < share
    fresh = random.random(points.shape) < 0.25
    moved = np.clip(filled + random.normal(0.0, step, points.shape), 0.0, 1.0)
    return np.where(change, np.where(fresh, random.random(points.shape), moved), filled)
