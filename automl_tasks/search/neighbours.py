"""Rows that stand next to each other and are alike: measurements of one hour, flats of one street.

A fold of single rows is told the answer by the neighbours of its rows, and so prefers models that
remember over models that understand. Folds of whole blocks of rows have few such neighbours (block
cross-validation: Roberts et al., Ecography 2017, doi 10.1111/ecog.02881).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["blocks", "likeness"]

_BLOCKS = 50
_FEWEST_ROWS = 1_000
_FEWEST_BLOCKS = 10  # that a class must be in, so that each fold's training has it
_ALIKE = 0.1
_ERRORS = 5.0  # standard errors of a table in random order


def likeness(labels: NDArray[Any], *, classes: bool) -> float:
    """How alike the labels of neighbouring rows are: 0 in random order, 1 where all are equal.

    Parameters
    ----------
    labels
        (n,) values or classes in the order of the rows, without gaps.
    classes
        Whether they are classes: then agreement beyond chance, else the correlation of ranks.

    Returns
    -------
    0 where chance alone could explain more, or where there are too few rows to tell.
    """
    import pandas as pd

    if len(labels) < _FEWEST_ROWS:
        return 0.0
    if classes:
        codes = pd.factorize(labels)[0]
        chance = float(((np.bincount(codes) / len(codes)) ** 2).sum())
        alike = float((codes[1:] == codes[:-1]).mean())
        found = (alike - chance) / (1 - chance) if chance < 1 else 0.0
    else:
        ranks = pd.Series(labels).rank().to_numpy()
        ranks -= ranks.mean()
        square = float((ranks**2).mean())
        found = float((ranks[1:] * ranks[:-1]).mean()) / square if square > 0 else 0.0
    return found if found > max(_ALIKE, _ERRORS / len(labels) ** 0.5) else 0.0


def blocks(rows: int, codes: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
    """(rows,) number of the block of neighbours that each row is in.

    Parameters
    ----------
    codes
        (rows,) classes; None for regression.

    Returns
    -------
    None of few rows, and where blocks would take a class from the training of a fold: in a table
    that is sorted by class, say.
    """
    if rows < _FEWEST_ROWS:
        return None
    found = np.arange(rows) * _BLOCKS // rows
    if codes is not None:
        held = np.unique(np.stack([codes, found]), axis=1)[0]
        if np.bincount(held).min() < _FEWEST_BLOCKS:
            return None
    return found
