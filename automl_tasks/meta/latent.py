"""What the first results on a table say about configurations that have not run yet.

Recorded tables differ in a few directions (does it reward depth, does it punish noise). A new
table's place on these directions is inferred from its finished trials, and with it the loss of
every other configuration, with its uncertainty (Yang et al., OBOE, KDD 2019; Fusi et al.,
Probabilistic matrix factorization for AutoML, NeurIPS 2018, for the expected improvement).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["LatentFactors", "expected_improvement"]

Floats = NDArray[np.float64]

_RANK = 8
_TABLES_PER_FACTOR = 4
_CAP = 2.0  # of normalised losses: how bad a bad configuration is says little about good ones
_OBSERVED_NOISE = 0.05
_UNEXPLAINED = 0.01
_OFFSET = 100.0  # variance of where zero lies: as good as unknown
_SCALES = np.geomspace(0.1, 20.0, 24)  # in standard deviations of the losses observed


class LatentFactors:
    """A Gaussian model of a table's normalised losses.

    Parameters
    ----------
    losses : (tables, configurations) array
        Normalised and complete.
    weights : (tables,) array
        Votes; they sum to 1.
    """

    def __init__(self, losses: Floats, weights: Floats) -> None:
        capped = np.minimum(losses, _CAP)
        self.mean = weights @ capped
        rank = max(1, min(_RANK, len(losses) // _TABLES_PER_FACTOR))
        spread = np.sqrt(weights)[:, None] * (capped - self.mean)
        _, sizes, directions = np.linalg.svd(spread, full_matrices=False)
        self.factors = np.asarray(directions[:rank].T * sizes[:rank])

    def improvement(
        self, finished: NDArray[np.int64], losses: Floats, best: float
    ) -> tuple[Floats, float]:
        """Expected improvement on the best loss so far.

        Zero and unit of the table's normalised scale are unknown while it is searched. Zero is
        integrated out as a Gaussian with a huge variance, and the unit over a grid, each value
        weighted with the likelihood of what was observed.

        Parameters
        ----------
        finished : (k,) array
            Positions of finished configurations.
        losses : (k,) array
            Their losses, in the unit of the metric.
        best
            Lowest loss so far, of whatever configuration.

        Returns
        -------
        (configurations,) array in normalised units, and one unit in that of the metric; 0 when
        the losses do not tell it.
        """
        spread = float(np.std(losses))
        if len(finished) < 2 or spread == 0:
            return np.zeros(len(self.mean)), 0.0
        own = self.factors[finished]
        inner = own @ own.T + _OFFSET
        noisy = inner + _OBSERVED_NOISE * np.eye(len(finished))
        cross = self.factors @ own.T + _OFFSET
        inverse = np.linalg.inv(noisy)
        variance = (self.factors**2).sum(axis=1) + _OFFSET - ((cross @ inverse) * cross).sum(axis=1)
        deviation = np.sqrt(np.maximum(variance, 0.0) + _UNEXPLAINED)
        units = spread * _SCALES
        residuals = losses[None] / units[:, None] - self.mean[finished]
        fit = -0.5 * ((residuals @ inverse) * residuals).sum(axis=1)
        likelihood = fit - len(finished) * np.log(units)
        shares = np.exp(likelihood - likelihood.max())
        shares /= shares.sum()
        total = np.zeros(len(self.mean))
        for share, unit, residual in zip(shares, units, residuals, strict=True):
            if share > 1e-3:
                expected = self.mean + cross @ (inverse @ residual)
                total += share * unit * expected_improvement(expected, deviation, best / unit)
        unit = float(shares @ units)
        return total / unit, unit


def expected_improvement(mean: Floats, deviation: Floats, best: float) -> Floats:
    """E[max(best - x, 0)] of Gaussians x (Mockus 1978)."""
    standard = (best - mean) / deviation
    density = np.exp(-0.5 * standard**2) / math.sqrt(2 * math.pi)
    return np.asarray(deviation * (standard * _normal_cdf(standard) + density))


def _normal_cdf(values: Floats) -> Floats:
    """Within 8e-8 of the integral (Abramowitz and Stegun, 26.2.17), without scipy."""
    size = np.abs(values)
    t = 1.0 / (1.0 + 0.2316419 * size)
    series = t * (
        0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    tail = np.exp(-0.5 * size**2) / math.sqrt(2 * math.pi) * series
    return np.where(values >= 0, 1.0 - tail, tail)
