"""The rows that explanations compare with: each column's values, shuffled apart from the others.

A package shall hold no row of anybody's, so the background is made up: every column keeps its
distribution and loses its relation to the others. Any power of two of its first rows is spread
over the quantiles of every column, so that few rows represent it well.

References
----------
Owen (1997): Scrambled net variance for integrals of smooth functions (nested scrambling).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.assess.explanation.levels import Levels, column_levels, missing_value

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BACKGROUND_ROWS", "background_json", "make_background"]

BACKGROUND_ROWS = 32
_ROWS = 20_000  # that tell of a column's values
_KNOWN_SHARE = 0.5  # of the rows that have a value: then rarer ones need no stand-in

Array = NDArray[Any]


def background_json(develop: pd.DataFrame, kinds: Mapping[str, str]) -> str:
    """Text of a package's ``background.json``.

    Parameters
    ----------
    develop
        Raw development rows.
    kinds
        Raw columns that the model reads, and how: ``number``, ``moment`` or ``text``.
    """
    from automl_tasks.serve.background import background_text, read_columns

    rows = develop.iloc[:: max(1, len(develop) // _ROWS)]
    return background_text(make_background(read_columns(rows, kinds)))


def make_background(
    columns: Mapping[str, Array], *, rows: int = BACKGROUND_ROWS, seed: int = 0
) -> dict[str, Array]:
    """Columns of made-up rows; see the module's docstring.

    Parameters
    ----------
    columns
        (n,) values of the development rows by column, from `read_columns`.
    rows
        A power of two.
    """
    random = np.random.default_rng(seed)
    return {
        name: _drawn(column_levels(values, _most(values, rows)), values.dtype, rows, random)
        for name, values in columns.items()
    }


def _most(values: Array, rows: int) -> int:
    return len(values) if values.dtype.kind == "O" else rows


def _drawn(levels: Levels, dtype: Any, rows: int, random: np.random.Generator) -> Array:
    """(rows,) values, each as often as the column has it."""
    told = [level.value for level in levels.told]
    shares = [level.rows for level in levels.told]
    if levels.pooled > _KNOWN_SHARE * (levels.pooled + sum(shares)) or not told:
        told, shares = [*told, None], [*shares, levels.pooled]
    ends = np.cumsum(shares) / max(1, sum(shares))
    quantiles = (np.arange(rows) + 0.5) / rows
    which = np.minimum(np.searchsorted(ends, quantiles), len(told) - 1)
    drawn = np.empty(len(told), dtype=dtype)
    for position, value in enumerate(told):
        drawn[position] = missing_value(dtype) if value is None else value
    return np.asarray(drawn[which][_scrambled(np.arange(rows), random)])


def _scrambled(ordered: Array, random: np.random.Generator) -> Array:
    """A random order in which each pair, each four … of neighbours are far apart in value."""
    if len(ordered) == 1:
        return ordered
    half = len(ordered) // 2
    pairs = np.stack(
        [_scrambled(ordered[:half], random), _scrambled(ordered[half:], random)], axis=1
    )
    swapped = random.random(len(pairs)) < 0.5
    return np.where(swapped[:, None], pairs[:, ::-1], pairs).ravel()
