"""Several pipelines of one table: what is the same in them is computed once.

Models of one recipe have the same steps up to where one of them looks at the target, and those of
several recipes have steps in common. A step that only adds columns adds the same wherever the same
arrays come in, so what it added is kept by its state and used again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from .table import AsRead, Bound, Table, bind, to_table

__all__ = ["SharedSteps"]

# Where the columns that a step of a kind reads are listed. Others may read any column.
_READS = {
    "codes": "levels",
    "dates": "columns",
    "frequencies": "counts",
    "log": "columns",
    "one_hot": "levels",
    "piecewise": "knots",
    "strings": "columns",
    "target_means": "columns",
    "text_statistics": "columns",
    "text_terms": "columns",
    "text_topics": "columns",
}


class _Step(NamedTuple):
    """A step of one or several pipelines.

    Attributes
    ----------
    number
        Equal for equal states.
    reads
        Columns on which the result depends; None: on all.
    """

    number: int
    apply: Bound
    reads: tuple[str, ...] | None


class SharedSteps:
    """Pipelines, each step prepared once however many of them have it.

    Parameters
    ----------
    states
        From ``FeaturePipeline.state()``.
    """

    def __init__(self, states: Sequence[list[dict[str, Any]]]) -> None:
        known: dict[str, _Step] = {}
        self._pipelines = [[_step(state, known) for state in steps] for steps in states]
        uses = Counter(step.number for pipeline in self._pipelines for step in pipeline)
        self._again = {number for number, count in uses.items() if count > 1}

    def apply(self, rows: pd.DataFrame | AsRead) -> Iterator[Table]:
        """The columns that `apply_steps` makes of raw rows, for one pipeline after the other."""
        table = rows if isinstance(rows, AsRead) else to_table(rows)
        made = dict[int, list[tuple[Table, Table]]]()
        for pipeline in self._pipelines:
            yield self._applied(pipeline, table, made)

    def _applied(
        self, pipeline: list[_Step], table: Table, made: dict[int, list[tuple[Table, Table]]]
    ) -> Table:
        """Apply the steps; `made` holds by step what came in before and what it then made of it."""
        for step in pipeline:
            if step.number not in self._again:
                table = step.apply(table)
                continue
            before = made.setdefault(step.number, [])
            added = next((out for came, out in before if _same(step, came, table)), None)
            if added is None:
                result = step.apply(table)
                added = result if step.reads is None else _added(table, result)
                before.append((table, added))
            table = added if step.reads is None else table | added
        return table


def _step(state: dict[str, Any], known: dict[str, _Step]) -> _Step:
    key = json.dumps(state, sort_keys=True)
    if key not in known:
        where = _READS.get(state["kind"])
        reads = None if where is None else tuple(state[where])
        known[key] = _Step(len(known), bind(state), reads)
    return known[key]


def _same(step: _Step, before: Table, now: Table) -> bool:
    """Whether the columns that a step reads are the very arrays that it read before."""
    if step.reads is None:
        return len(before) == len(now) and all(now.get(name) is before[name] for name in before)
    return all(before.get(name) is now.get(name) for name in step.reads)


def _added(before: Table, after: Table) -> Table:
    return {name: values for name, values in after.items() if before.get(name) is not values}
