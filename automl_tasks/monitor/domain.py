"""Whether a small classifier can tell the newest rows from the training rows, and by which columns.

It sees what no single column shows: columns that moved against each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.classifier import auc_interval, cross_validated
from automl_tasks.monitor.columns import floats, is_date, is_number, is_text
from automl_tasks.monitor.comparing import worth_of_numbers
from automl_tasks.monitor.stretches import between
from automl_tasks.serve.steps.values import texts

__all__ = ["DomainColumn", "DomainResult", "domain_auc"]

_FEWEST_ROWS = 100  # a side
_FEWEST_EFFECTIVE = 30  # current rows
_LEVELS, _COLUMNS = 30, 10
_LARGEST, _BY_CHANCE = 1e30, 0.5


class DomainColumn(BaseModel):
    """Share of one raw column in what tells the sides apart."""

    model_config = ConfigDict(frozen=True)

    column: str
    share: float


class DomainResult(BaseModel):
    """How well the sides are told apart.

    Attributes
    ----------
    auc
        Cross-validated, over stretches of time that the classifier has not seen; 0.5: not at all,
        and less where stretches differ from each other more than the sides do.
    low, high
        Its interval at the given confidence.
    p_value
        One-sided, against 0.5.
    columns
        At most ten, the most telling first; none where the sides cannot be told apart.
    left_out
        Columns that wander so slowly that any stretch of time is told by them.
    why
        Why nothing is known.
    """

    model_config = ConfigDict(frozen=True)

    reference_rows: int
    current_rows: int
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    columns: list[DomainColumn] = []
    left_out: list[str] = []
    why: str = ""


def domain_auc(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    seed: int = 0,
    rows: int = 10_000,
    *,
    confidence: float = 0.95,
) -> DomainResult:
    """Cross-validated AUC of a classifier that tells current rows from reference rows.

    Parameters
    ----------
    reference, current
        Feature columns, raw, in the order of time. Dates are left out; of free text the length is
        used.
    rows
        At most so many of each side, evenly spaced.
    """
    there, here = _thinned(reference, rows), _thinned(current, rows)
    sizes = {"reference_rows": len(there), "current_rows": len(here)}
    if min(sizes.values()) < _FEWEST_ROWS:
        return DomainResult(**sizes, why=f"a side has fewer than {_FEWEST_ROWS} rows")
    try:
        table = _numbers(there, here)
        slow = _slow(table, there.index, here.index)
        names = [name for name in table if name not in slow]
        if not names:
            return DomainResult(**sizes, left_out=slow, why="no column can be compared")
        features = np.column_stack([table[name] for name in names])
        aucs, scores, gains = cross_validated(features, len(there), len(here), seed)
        stretches = between(there.index, here.index)
        worth = worth_of_numbers(scores[: len(there)], len(here), stretches)
    except Exception as error:
        # Type only: messages of libraries may quote cells.
        return DomainResult(**sizes, why=type(error).__name__)
    auc, low, high, p_value = auc_interval(aucs, worth, confidence)
    return DomainResult(
        **sizes,
        auc=auc,
        low=low,
        high=high,
        p_value=p_value,
        columns=_leading(names, gains) if low > _BY_CHANCE else [],
        left_out=slow,
    )


def _thinned(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    if len(frame) <= rows:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, rows).astype(np.int64)]


def _numbers(there: pd.DataFrame, here: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Each comparable column of both sides, the reference first."""
    return {
        str(name): _encoded(there[name], here[name])
        for name in there.columns
        if name in here.columns and not is_date(there[name])
    }


def _slow(
    table: dict[str, NDArray[np.float64]], reference: pd.Index, current: pd.Index
) -> list[str]:
    """Columns that make the current rows worth too few independent ones."""
    stretches = between(reference, current)
    worths = {
        name: worth_of_numbers(values[: len(reference)], len(current), stretches)
        for name, values in table.items()
    }
    return [
        name
        for name, worth in worths.items()
        if worth.current < _FEWEST_EFFECTIVE and np.isfinite(worth.freedom)
    ]


def _encoded(there: pd.Series, here: pd.Series) -> NDArray[np.float64]:
    if is_number(there):
        values = np.concatenate([floats(there), floats(here)])
        return np.asarray(np.clip(values, -_LARGEST, _LARGEST))
    words = np.concatenate([texts(there), texts(here)])
    if is_text(there):
        return np.array([np.nan if text is None else float(len(text)) for text in words])
    return _by_frequency(words)


def _by_frequency(words: NDArray[Any]) -> NDArray[np.float64]:
    """Rank of each level, the most frequent first, so that a tree can cut off the rare ones."""
    codes, _ = pd.factorize(words)
    counts = np.bincount(codes[codes >= 0])
    ranks = np.full(len(counts) + 1, np.nan)  # missing is -1, the last
    ranks[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(counts)), _LEVELS)
    found: NDArray[np.float64] = ranks[codes]
    return found


def _leading(names: list[str], gains: NDArray[np.float64]) -> list[DomainColumn]:
    shares = gains / max(float(gains.sum()), 1e-300)
    order = np.argsort(-shares, kind="stable")[:_COLUMNS]
    return [
        DomainColumn(column=names[at], share=float(shares[at])) for at in order if shares[at] > 0
    ]
