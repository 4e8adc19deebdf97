"""The slices of the holdout in which the loss is highest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.assess.slices.cutting import cut_slices
from automl_tasks.assess.slices.multiplicity import benjamini_hochberg

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Slice", "Slices", "worst_slices"]

_COLUMNS, _FEWEST_ROWS, _MOST = 50, 30, 5
_ACCEPTED = 0.05  # share of false discoveries
_LEAST = 0.1  # by which a loss must be higher to be worth a line


class Slice(BaseModel):
    """Rows that share a level, or a range, of one column.

    Attributes
    ----------
    loss, rest
        Mean loss of these rows, and of all others.
    p_value
        One-sided, that `loss` is higher, after Benjamini-Hochberg over all slices.
    """

    column: str
    level: str
    rows: int
    loss: float
    rest: float
    p_value: float


class Slices(BaseModel):
    """What was looked at, and the slices that stand out, the worst first.

    Attributes
    ----------
    loss
        What a row's loss is: ``squared error``, ``log loss`` …
    tested
        Slices of at least 30 rows.
    """

    loss: str
    tested: int
    worst: list[Slice]


def worst_slices(
    frame: pd.DataFrame, losses: NDArray[np.float64], *, columns: Sequence[str], loss: str
) -> Slices:
    """Find the slices whose loss is higher than that of the other rows, beyond chance.

    Parameters
    ----------
    frame
        (n, columns) raw rows.
    losses
        (n,) loss of each.
    columns
        To look at, the first 50.
    loss
        Its name.

    References
    ----------
    Chung, Kraska, Polyzotis, Tae, Whang (2019): Slice Finder: automated data slicing for model
    validation; slices of one column, Welch's test.
    """
    found: list[Slice] = []
    for column in columns[:_COLUMNS]:
        names, codes, _ = cut_slices(frame[column], frame[column], _FEWEST_ROWS)
        found += [
            _slice(str(column), name, losses, codes == at)
            for at, name in enumerate(names)
            if _FEWEST_ROWS <= (codes == at).sum() <= len(codes) - _FEWEST_ROWS
        ]
    adjusted = benjamini_hochberg(np.array([each.p_value for each in found], dtype=np.float64))
    worst = [
        each.model_copy(update={"p_value": float(p)})
        for each, p in zip(found, adjusted, strict=True)
        if p < _ACCEPTED and each.loss > (1 + _LEAST) * each.rest
    ]
    worst.sort(key=lambda each: each.rest - each.loss)
    return Slices(loss=loss, tested=len(found), worst=worst[:_MOST])


def _slice(
    column: str, level: str, losses: NDArray[np.float64], inside: NDArray[np.bool_]
) -> Slice:
    here, there = losses[inside], losses[~inside]
    error = math.sqrt(here.var(ddof=1) / len(here) + there.var(ddof=1) / len(there))
    higher = float(here.mean() - there.mean())
    score = higher / error if error > 0 else math.copysign(math.inf, higher)
    return Slice(
        column=column,
        level=level,
        rows=len(here),
        loss=float(here.mean()),
        rest=float(there.mean()),
        p_value=0.5 * math.erfc(score / math.sqrt(2)),
    )
