"""How the mean answer changes with one raw column, the others staying as they are.

References
----------
Friedman (2001): Greedy function approximation, section 8.2 (partial dependence).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.assess.explanation.levels import FEWEST_ROWS, Level, column_levels, missing_value
from automl_tasks.assess.explanation.subject import Subject
from automl_tasks.assess.explanation.timebox import Pace, Timebox

__all__ = ["Effect", "Point", "column_effects"]

_COLUMNS = 8
_POINTS = 12  # quantiles of numbers, or commonest texts
_ROWS, _FEWEST_ROWS = 300, 20
_CLASSES = 3  # whose answers change most are told
_LABEL = 40  # letters of a text
_KINDS = {"O": "text", "M": "moment"}

Array = NDArray[Any]


class Point(BaseModel):
    """The mean answer when every row has one value.

    Attributes
    ----------
    value
        As text; ``missing``, or ``others`` for values of fewer than ten rows.
    rows
        Of the development sample that the value stands for.
    answers
        By class the mean probability (of two classes the second alone), or ``value`` for
        regression.
    """

    value: str
    rows: int
    answers: dict[str, float]


class Effect(BaseModel):
    """The points of one column: numbers and dates in their order, texts the commonest first.

    Attributes
    ----------
    kind
        ``number``, ``moment`` or ``text``.
    """

    column: str
    kind: str
    points: list[Point]


def column_effects(
    subject: Subject, columns: Sequence[str], box: Timebox, pace: Pace
) -> tuple[list[Effect], int]:
    """Effects of the first eight columns, as many as the time allows, and rows they are over."""
    chosen = list(columns[:_COLUMNS])
    affordable = pace.rows(box.left, calls=len(chosen)) // (len(chosen) * _POINTS)
    rows = min(subject.rows, int(np.clip(affordable, _FEWEST_ROWS, _ROWS)))
    effects = list[Effect]()
    for name in chosen:
        if not box.fits(len(effects)):
            break
        effects.append(_effect(subject, name, rows))
    return effects, rows


def _effect(subject: Subject, name: str, rows: int) -> Effect:
    values = subject.develop[name]
    points = _points(values, rows)
    columns = {other: np.tile(given, len(points)) for other, given in subject.first(rows).items()}
    columns[name] = np.concatenate([given for _, _, given in points])
    means = subject.predict(columns).reshape(len(points), rows, -1).mean(axis=1)
    shown = _shown(subject, means)
    return Effect(
        column=name,
        kind=_KINDS.get(values.dtype.kind, "number"),
        points=[
            Point(value=label, rows=count, answers={key: float(row[at]) for key, at in shown})
            for (label, count, _), row in zip(points, means, strict=True)
        ],
    )


def _points(values: Array, rows: int) -> list[tuple[str, int, Array]]:
    """Label, rows that it stands for, and (rows,) values that are put in."""
    levels = column_levels(values, _POINTS)
    points = [(_label(each.value), each.rows, _filled(values, each, rows)) for each in levels.told]
    if levels.pooled >= FEWEST_ROWS and values.dtype.kind == "O":
        told = [each.value for each in levels.told]
        rest = values[~pd.Series(values, dtype=object).isin(told).to_numpy()]
        points.append(("others", levels.pooled, np.random.default_rng(0).choice(rest, rows)))
    return points or [("missing", len(values), _filled(values, Level(None, 0), rows))]


def _filled(values: Array, level: Level, rows: int) -> Array:
    value = missing_value(values.dtype) if level.value is None else level.value
    return np.full(rows, value, dtype=values.dtype)


def _label(value: Any) -> str:
    if value is None:
        return "missing"
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[s]")).removesuffix("T00:00:00")
    return value[:_LABEL] if isinstance(value, str) else f"{value:.6g}"


def _shown(subject: Subject, means: Array) -> list[tuple[str, int]]:
    """Names and positions of the answers that are told."""
    classes = subject.classes
    if not classes:
        return [("value", 0)]
    if len(classes) == 2:
        return [(classes[1], 1)]
    swing = np.ptp(means, axis=0)
    most = np.argsort(-swing, kind="stable")[:_CLASSES]
    return [(classes[at], int(at)) for at in sorted(most)]
