"""Columns that tell the protected one: leaving that out changes little while they are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

__all__ = ["Proxy", "find_proxies"]

_STRONG = 0.2  # of what there is to know of the group
_MOST = 5


class Proxy(BaseModel):
    """A feature from which the protected column can be guessed.

    Attributes
    ----------
    strength
        0: no better than chance, 1: always right. Of two groups 2 AUC - 1, of more the accuracy
        above that of the commonest group, on rows that the guess was not learned from.
    """

    column: str
    strength: float


def find_proxies(frame: pd.DataFrame, groups: NDArray[Any], columns: Sequence[str]) -> list[Proxy]:
    """The strongest proxies among some columns, each taken alone.

    Parameters
    ----------
    groups
        (n,) group of each row of `frame`.
    """
    from automl_tasks.features import tell_apart

    if len(np.unique(groups)) < 2:
        return []
    strengths = tell_apart(frame[list(columns)], pd.Series(groups))
    strong = [
        Proxy(column=name, strength=round(value, 4))
        for name, value in strengths.items()
        if value >= _STRONG
    ]
    return sorted(strong, key=lambda each: -each.strength)[:_MOST]
