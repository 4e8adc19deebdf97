"""The feature steps of a fitted pipeline, applied to raw rows.

Each step is a dictionary of plain JSON with a ``kind``; a function registered under that kind
applies it. Training fits the dictionaries and calls the same functions, so that what a model
learned from and what a consumer's model sees cannot differ.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

# The imports register the kinds.
from . import basic, categories, dates, numeric, owner, target, topics, words
from .shared import SharedSteps
from .table import STEPS, Table, apply_step, to_frame, to_table

__all__ = ["STEPS", "SharedSteps", "Table", "apply_step", "apply_steps"]

_ = (basic, categories, dates, numeric, owner, target, topics, words)


def apply_steps(state: list[dict[str, Any]], frame: pd.DataFrame) -> pd.DataFrame:
    """Apply fitted steps in their order to raw rows.

    Parameters
    ----------
    state
        From ``FeaturePipeline.state()``.
    frame
        Raw rows; more columns than needed are ignored, absent ones count as missing.

    Returns
    -------
    DataFrame of features with the index of `frame`.
    """
    table = to_table(frame)
    for step in state:
        table = apply_step(step, table)
    return to_frame(table, index=frame.index)
