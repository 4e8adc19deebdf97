"""Cuts a column into levels or quantile bins whose names give no single row away."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["cut_slices"]

_SLICES, _LOOKED_AT = 10, 50_000
_MISSING = "(missing)"

Codes = NDArray[np.int64]


def cut_slices(
    current: pd.Series, reference: pd.Series, fewest_rows: int
) -> tuple[list[str], Codes, Codes]:
    """At most ten slices of a column, the same on both sides.

    Numbers of more than ten values are cut at the reference's quantiles, rounded; of everything
    else the most frequent levels count. Missing values are a slice. A level of fewer rows than
    `fewest_rows` is none.

    Returns
    -------
    names : list of str
    codes, reference_codes : ndarray of shape (n,)
        Position in `names` of each row's slice, or -1.
    """
    numeric = _is_number(current) and _is_number(reference)
    if numeric and pd.concat([_some(current), _some(reference)]).nunique() > _SLICES:
        names, cut = _bins(reference if reference.notna().any() else current)
        codes = [
            cut(column.to_numpy(np.float64, na_value=np.nan)) for column in (current, reference)
        ]
    else:
        texts = [_texts(column, numeric=numeric) for column in (current, reference)]
        counts = texts[0].value_counts()
        names = [str(level) for level in counts.index[counts >= fewest_rows][: _SLICES - 1]]
        codes = [pd.Categorical(text, categories=names).codes.astype(np.int64) for text in texts]
    missing = [column.isna().to_numpy() for column in (current, reference)]
    return (
        [*names, _MISSING],
        np.where(missing[0], len(names), codes[0]),
        np.where(missing[1], len(names), codes[1]),
    )


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _some(column: pd.Series) -> pd.Series:
    """Rows from all over the column, enough to know its distribution."""
    return column.iloc[:: 1 + len(column) // _LOOKED_AT]


def _texts(column: pd.Series, *, numeric: bool) -> pd.Series:
    # An integer column turns into floats where nulls arrive: 1 and 1.0 are one level.
    if numeric:
        return column.map("{:.12g}".format, na_action="ignore")
    return column.astype(str).where(column.notna())


def _bins(column: pd.Series) -> tuple[list[str], Any]:
    """Names of quantile bins, and the function that sorts numbers into them."""
    values = _some(column).to_numpy(np.float64, na_value=np.nan)
    values = values[np.isfinite(values)]
    quantiles = np.quantile(values, np.linspace(0, 1, _SLICES)[1:-1]) if len(values) else values
    edges = _rounded(quantiles)
    ends = [f"{edge:.12g}" for edge in edges]
    names = [f"{low} to below {high}" for low, high in pairwise(ends)]
    names = [f"below {ends[0]}", *names, f"{ends[-1]} or more"] if ends else ["any value"]

    def cut(numbers: NDArray[np.float64]) -> Codes:
        return np.searchsorted(edges, numbers, side="right")

    return names, cut


def _rounded(quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distinct ends of bins, as exact as telling them apart needs and no more."""
    span = float(np.ptp(quantiles)) if len(quantiles) else 0.0
    decimals = 2 - math.floor(math.log10(span)) if span > 0 else 3
    return np.unique(np.round(quantiles, decimals))
