"""OBOE's matrix: 418 public tables by 219 scikit-learn configurations, errors and seconds.

Source: github.com/udellgroup/oboe (BSD-3-Clause), joined with the meta-features of
github.com/rsheth80/pmf-automl (BSD-3-Clause) where a table has them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from automl_tasks.meta import Finished, Matrix, Portfolio, Size

__all__ = ["CHECKPOINTS", "METHODS", "Surface", "load"]

CHECKPOINTS = (1, 3, 10, 30, 100)  # seconds of recorded time
_WORST = 3.0
_MATTERS = 0.005  # balanced error between the best and the median configuration
_DRAWS = 10


@dataclass(frozen=True)
class Surface:
    """The matrix with the sizes and the known meta-features of its tables."""

    matrix: Matrix
    rows: np.ndarray
    columns: np.ndarray

    def interesting(self) -> np.ndarray:
        """Positions of the tables on which the choice of a configuration matters."""
        losses = self.matrix.losses
        return np.flatnonzero(np.median(losses, axis=1) - losses.min(axis=1) > _MATTERS)

    def normalised(self, table: int) -> np.ndarray:
        """Losses of one table: 0 the best on record, 1 the median, at most 3."""
        losses = self.matrix.losses[table]
        best = losses.min()
        return np.clip((losses - best) / max(np.median(losses) - best, 1e-6), 0.0, _WORST)


def load(folder: Path) -> Surface:
    """Read ``oboe/`` and ``pmf_features/`` below a folder."""
    losses = pd.read_csv(folder / "oboe" / "error_matrix.csv.gz", index_col=0)
    seconds = pd.read_csv(folder / "oboe" / "runtime_matrix.csv.gz", index_col=0).loc[losses.index]
    sizes = pd.read_csv(folder / "oboe" / "dataset_sizes.csv", index_col=0).loc[losses.index]
    rows, columns = sizes.iloc[:, 0].to_numpy(float), sizes.iloc[:, 1].to_numpy(float)
    about = pd.read_csv(folder / "pmf_features" / "dataset_metafeatures.csv.gz", index_col=0)
    about = about.select_dtypes("number").reindex(losses.index)
    about["log_rows"], about["log_columns"] = np.log(rows), np.log(columns)
    settings = json.loads((folder / "oboe" / "configs.json").read_text())
    matrix = Matrix(
        tables=tuple(map(str, losses.index)),
        configurations=tuple(losses.columns),
        families=tuple(settings[key]["algorithm"] for key in losses.columns),
        losses=losses.to_numpy(),
        seconds=seconds.to_numpy(),
        sizes=np.array([Size(n, p).logs() for n, p in zip(rows, columns, strict=True)]),
        metafeatures=about.to_numpy(float),
        names=tuple(about.columns),
    )
    return Surface(matrix, rows, columns)


def ours(surface: Surface, table: int) -> Iterator[int]:
    """Configurations in the order of `Portfolio`, which knows all other tables."""
    matrix, limit = surface.matrix, float(CHECKPOINTS[-1])
    order = Portfolio(
        matrix.without(matrix.tables[table]),
        Size(surface.rows[table], surface.columns[table]),
        dict(zip(matrix.names, matrix.metafeatures[table], strict=True)),
    )
    finished: dict[str, Finished] = {}
    spent = 0.0
    while chosen := order.next(finished, limit - spent):
        at = matrix.configurations.index(chosen.configuration)
        seconds = float(matrix.seconds[table, at])
        finished[chosen.configuration] = Finished(float(matrix.losses[table, at]), seconds)
        spent += seconds
        yield at


def cost_blind(surface: Surface, table: int) -> Iterator[int]:
    """The greedy portfolio of the other tables, whatever its configurations cost."""
    others = [at for at in range(len(surface.matrix.tables)) if at != table]
    losses = np.array([surface.normalised(at) for at in others])
    best = np.full(len(losses), _WORST)
    left = list(range(losses.shape[1]))
    while left:
        gains = np.maximum(best[:, None] - losses[:, left], 0.0).sum(axis=0)
        at = left.pop(int(gains.argmax()))
        best = np.minimum(best, losses[:, at])
        yield at


def random_order(surface: Surface, table: int, draw: int) -> Iterator[int]:
    yield from np.random.default_rng([table, draw]).permutation(surface.matrix.losses.shape[1])


def regret(surface: Surface, table: int, order: Iterator[int]) -> list[float]:
    """Best normalised loss at each checkpoint; 3 before a first result."""
    losses, seconds = surface.normalised(table), surface.matrix.seconds[table]
    spent, best, curve = 0.0, _WORST, []
    left = list(CHECKPOINTS)
    for at in order:
        spent += float(seconds[at])
        while left and spent > left[0]:
            curve.append(best)
            left.pop(0)
        if not left:
            break
        best = min(best, float(losses[at]))
    return curve + [best] * len(left)


def _mean_random(surface: Surface, table: int) -> list[float]:
    draws = [regret(surface, table, random_order(surface, table, each)) for each in range(_DRAWS)]
    return [float(each) for each in np.mean(draws, axis=0)]


METHODS: dict[str, Callable[[Surface, int], list[float]]] = {
    "random": _mean_random,
    "greedy, cost-blind": lambda surface, table: regret(surface, table, cost_blind(surface, table)),
    "ours": lambda surface, table: regret(surface, table, ours(surface, table)),
}
"""The regret of one table at each checkpoint, by strategy."""
