"""The feature steps of a fitted pipeline, applied to raw rows.

Each step is a dictionary of plain JSON with a ``kind``; a function registered under that kind
applies it. Training fits the dictionaries and calls the same functions, so that what a model
learned from and what a consumer's model sees cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import pandas as pd

# The imports register the kinds.
from . import basic, categories, dates, numeric, owner, target, topics, words
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
    return to_frame(_applied(state, to_table(frame)), index=frame.index)


class SharedSteps:
    """Several pipelines of one table: the steps with which all of them begin are applied once.

    Parameters
    ----------
    states
        From ``FeaturePipeline.state()``.
    """

    def __init__(self, states: Sequence[list[dict[str, Any]]]) -> None:
        begun = takewhile(_all_equal, zip(*states, strict=False))
        self._begin = [steps[0] for steps in begun]
        self._rest = [state[len(self._begin) :] for state in states]

    def apply(self, frame: pd.DataFrame) -> Iterator[Table]:
        """The columns that `apply_steps` makes of raw rows, for one pipeline after the other."""
        begun = _applied(self._begin, to_table(frame))
        for state in self._rest:
            yield _applied(state, begun)


def _applied(state: list[dict[str, Any]], table: Table) -> Table:
    for step in state:
        table = apply_step(step, table)
    return table


def _all_equal(steps: Sequence[dict[str, Any]]) -> bool:
    return all(step == steps[0] for step in steps[1:])
