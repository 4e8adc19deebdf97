"""Which configuration next: the one with the greatest expected gain per second."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from automl_tasks.meta.cost import CostModel, Prior
from automl_tasks.meta.latent import LatentFactors
from automl_tasks.meta.matrix import Matrix, Size
from automl_tasks.meta.scaling import completed, normalised
from automl_tasks.meta.similarity import table_weights
from automl_tasks.meta.votes import TableVotes

__all__ = ["Finished", "Portfolio", "Suggestion", "gain_per_second"]

Floats = NDArray[np.float64]
_Gain = TypeVar("_Gain", float, Floats)

_OVERHEAD = 0.05  # seconds that any trial takes; else the gain of a free one would be infinite
_FIRST = 6  # results, after which they tell more than the recorded tables alone


@dataclass(frozen=True)
class Finished:
    """A finished trial: its loss (infinite when it failed) and how long it took.

    `seconds` of None (a trial on fewer rows, say) teaches nothing about speed.
    """

    loss: float
    seconds: float | None = None


@dataclass(frozen=True)
class Suggestion:
    """What to run next, and why.

    Attributes
    ----------
    gain
        Expected decrease of the best loss, in units of the gap between the best and the median
        configuration of a table.
    loss_gain
        The same in the unit of the metric, once results tell it; None before.
    seconds
        Expected duration.
    """

    configuration: str
    gain: float
    loss_gain: float | None
    seconds: float


class Portfolio:
    """The order of configurations for one table, decided anew after each result.

    At first the recorded tables vote: the gain of a configuration is the weighted mean of what
    it would improve on each of them (`TableVotes`). After six results this is averaged with the
    expected improvement of a Gaussian model of all tables (`LatentFactors`): the two err in
    different places. Both are divided by the expected seconds.

    Parameters
    ----------
    matrix
        What was recorded; its columns are the configurations to choose from (`Matrix.aligned`).
    size
        Of the table at hand: seconds are predicted for it.
    metafeatures, fingerprint
        Of the table at hand: similar tables count for more.
    prior
        Seconds of a family before anything was recorded.

    Without any record the configurations come in the order of the matrix.
    """

    def __init__(
        self,
        matrix: Matrix,
        size: Size,
        metafeatures: Mapping[str, float] | None = None,
        fingerprint: str | None = None,
        prior: Prior | None = None,
    ) -> None:
        self.matrix = matrix
        self._position = {key: at for at, key in enumerate(matrix.configurations)}
        self._costs = CostModel(matrix, prior)
        self._predicted = self._costs.seconds(size)
        scaled = normalised(matrix.losses)
        voting = np.isfinite(scaled).any(axis=1)
        weights = table_weights(matrix, metafeatures or {}, fingerprint)[voting]
        self._votes: TableVotes | None = None
        self._factors: LatentFactors | None = None
        if weights.size:
            losses = completed(scaled[voting], matrix.families)
            weights /= weights.sum()
            self._votes = TableVotes(losses, weights)
            self._factors = LatentFactors(losses, weights)

    def seconds(self, finished: Mapping[str, Finished] | None = None) -> dict[str, float]:
        """Expected seconds of every configuration, corrected by the trials that have ended."""
        corrected = self._corrected(finished or {})
        return dict(zip(self.matrix.configurations, map(float, corrected), strict=True))

    def next(
        self,
        finished: Mapping[str, Finished],
        seconds_left: float,
        taken: Collection[str] = (),
    ) -> Suggestion | None:
        """The configuration to run now.

        Parameters
        ----------
        finished
            Trials by configuration; those of configurations that are not in the matrix count
            for the best loss so far.
        seconds_left
            Configurations that are expected to take longer are left out.
        taken
            Configurations not to suggest: running elsewhere, or refused for another reason.

        Returns
        -------
        Suggestion, or None when nothing is left that fits.
        """
        ranked = self.ranked(finished, taken)
        return next((each for each in ranked if each.seconds <= seconds_left), None)

    def ranked(
        self, finished: Mapping[str, Finished], taken: Collection[str] = ()
    ) -> list[Suggestion]:
        """Every configuration that is left, the greatest gain per second first."""
        seconds = self._corrected(finished)
        gains, unit = self._gains(finished)
        rates = gain_per_second(gains, seconds)
        gone = {*finished, *taken}
        return [
            Suggestion(
                configuration=self.matrix.configurations[at],
                gain=float(gains[at]),
                loss_gain=None if unit is None else float(gains[at] * unit),
                seconds=float(seconds[at]),
            )
            for at in np.argsort(-rates, kind="stable").tolist()
            if self.matrix.configurations[at] not in gone
        ]

    def _corrected(self, finished: Mapping[str, Finished]) -> Floats:
        timed = {
            self._position[key]: each.seconds
            for key, each in finished.items()
            if key in self._position and each.seconds is not None
        }
        return self._costs.corrected(self._predicted, list(timed), list(timed.values()))

    def _gains(self, finished: Mapping[str, Finished]) -> tuple[Floats, float | None]:
        """Expected gain of each configuration, and the loss that one unit of it is."""
        good = {key: each.loss for key, each in finished.items() if np.isfinite(each.loss)}
        known = {self._position[key]: loss for key, loss in good.items() if key in self._position}
        at = np.array(list(known), dtype=np.int64)
        losses = np.array(list(known.values()), dtype=np.float64)
        if self._votes is None or self._factors is None:
            return np.ones(len(self.matrix.configurations)), None
        votes = self._votes.gains(at, losses)
        if len(at) < _FIRST:
            return votes, None
        latent, unit = self._factors.improvement(at, losses, min(good.values()))
        return (0.5 * (votes + latent), unit) if unit > 0 else (votes, None)


def gain_per_second(gain: _Gain, seconds: _Gain) -> _Gain:
    """By which suggestions are ordered."""
    return gain / (seconds + _OVERHEAD)
