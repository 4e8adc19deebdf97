"""The models that a run could have given, by quality, time and size."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from automl_tasks.search.compression.timing import Cost

__all__ = ["Point", "point_of", "with_dominance"]


class Point(BaseModel):
    """A model that was measured, whether or not it was taken.

    Attributes
    ----------
    name
        What it is, for a person.
    loss
        Out of fold, in the run's metric, lower is better; of a student that was tried on some
        folds only, the ensemble's plus what it is worse there.
    ms_per_row, ms_single, size_mb
        On one thread: of a row in a batch, of one row alone, of all files.
    chosen
        Whether it is the candidate.
    dominated
        Whether another one is at least as good in loss, time and size, and better in one of them.
    """

    name: str
    loss: float
    ms_per_row: float
    ms_single: float
    size_mb: float
    chosen: bool = False
    dominated: bool = False


def point_of(name: str, loss: float, cost: Cost, *, chosen: bool) -> Point:
    """A measured model."""
    return Point(
        name=name,
        loss=loss,
        ms_per_row=cost.ms_per_row,
        ms_single=cost.ms_single,
        size_mb=cost.size_mb,
        chosen=chosen,
    )


def with_dominance(points: Sequence[Point]) -> list[Point]:
    """The points, the best first, and which of them no one would take."""
    ordered = sorted(points, key=lambda point: (point.loss, point.ms_per_row))
    return [
        point.model_copy(update={"dominated": any(_beats(other, point) for other in ordered)})
        for point in ordered
    ]


def _beats(one: Point, other: Point) -> bool:
    first = (one.loss, one.ms_per_row, one.size_mb)
    second = (other.loss, other.ms_per_row, other.size_mb)
    return first != second and all(a <= b for a, b in zip(first, second, strict=True))
