"""The report on one protected column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.assess.fairness.disparity import Disparity, disparities
from automl_tasks.assess.fairness.proxies import Proxy, find_proxies
from automl_tasks.assess.fairness.tally import (
    Group,
    Judged,
    Quantity,
    interval_of,
    quantities,
    resamples,
)
from automl_tasks.search.fairness import compared_groups
from automl_tasks.serve.groups import group_names

__all__ = ["Fairness", "fairness_of"]


class Fairness(BaseModel):
    """What the holdout says of the groups of a column.

    Attributes
    ----------
    groups
        The largest first.
    disparities
        By measure; see `FairnessPolicy`. Without groups that can be compared there are none.
    proxies
        Other features that tell the group, the strongest first.
    pooled
        Rows of small groups and of values that training did not have, which no measure compares.
    """

    groups: list[Group]
    disparities: dict[str, Disparity]
    proxies: list[Proxy]
    pooled: int


def fairness_of(
    groups: dict[str, Any],
    frame: pd.DataFrame,
    judged: Judged,
    *,
    min_rows: int,
    features: list[str],
    seed: int = 0,
) -> Fairness:
    """Compare the groups of a protected column.

    Parameters
    ----------
    groups
        From `find_groups`.
    frame
        (n, columns) rows of the holdout, those of `judged`.
    min_rows
        Groups of fewer rows are not compared.
    features
        Columns that the model sees, among which proxies are looked for.
    """
    names = group_names(groups, frame[groups["column"]])
    compared = compared_groups(names, min_rows)
    rows: list[NDArray[Any]] = [np.flatnonzero(names == name) for name in compared]
    found = [quantities(judged, each) for each in rows]
    drawn = list(resamples(judged, rows, seed)) if rows else []
    others = [name for name in features if name != groups["column"]]
    return Fairness(
        groups=[
            Group(group=name, rows=len(rows[at]), quantities=_estimates(at, found, drawn))
            for at, name in enumerate(compared)
        ],
        disparities=disparities(compared, found, drawn),
        proxies=find_proxies(frame, names, others),
        pooled=len(names) - sum(len(each) for each in rows),
    )


def _estimates(
    at: int, found: list[dict[str, float]], drawn: list[list[dict[str, float]]]
) -> dict[str, Quantity]:
    told = {}
    for name, value in found[at].items():
        if np.isnan(value):
            continue
        values = [each[at][name] for each in drawn if not np.isnan(each[at].get(name, np.nan))]
        low, high = interval_of(values)
        told[name] = Quantity(value=value, low=low, high=high)
    return told
