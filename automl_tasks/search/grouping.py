"""Rows that belong together: one patient, one machine, one shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["deal_groups", "group_codes", "unseen"]

Rows = NDArray[np.int64]


def group_codes(frame: pd.DataFrame, problem: Problem) -> NDArray[np.int64]:
    """(rows,) number of each row's group; rows without a value are one group."""
    import pandas as pd

    codes = pd.factorize(frame[problem.group], use_na_sentinel=False)[0]
    return np.asarray(codes, dtype=np.int64)


def unseen(train: NDArray[Any], checked: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of the checked rows are of groups that training does not have."""
    return ~np.isin(checked, train)


def deal_groups(
    groups: NDArray[np.int64], codes: NDArray[np.int64] | None, folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Fold of each row such that no group is in two and the folds are alike.

    Groups are dealt out by the rarest class that they hold, in each class the largest first and
    back and forth, so that every fold has its share of rare classes and of rows.

    Parameters
    ----------
    groups
        (n,) group of each row.
    codes
        (n,) class of each row; None for regression.
    """
    _, groups = np.unique(groups, return_inverse=True)
    sizes = np.bincount(groups)
    rarest = np.zeros(len(sizes), dtype=np.int64)
    if codes is not None:
        rarity = np.empty(int(codes.max()) + 1, dtype=np.int64)
        rarity[np.argsort(np.bincount(codes), kind="stable")] = np.arange(len(rarity))
        rarest[:] = len(rarity)
        np.minimum.at(rarest, groups, rarity[codes])
    order = np.lexsort((rng.random(len(sizes)), -sizes, rarest))
    turn, place = np.divmod(np.arange(len(sizes)), folds)
    fold_of = np.empty(len(sizes), dtype=np.int64)
    fold_of[order] = np.where(turn % 2 == 0, place, folds - 1 - place)
    return fold_of[groups]
