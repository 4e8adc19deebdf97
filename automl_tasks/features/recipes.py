"""How each kind of model wants its columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from automl_tasks.problem import Role

from ._base import Step
from .categories import Codes, Frequencies, OneHot, Strings
from .dates import Dates
from .numeric import Scale
from .words import TextStatistics, TextTerms, TextTopics

__all__ = ["CONSUMED", "RECIPES", "Recipe"]

Recipe = Literal["tree", "linear", "catboost"]
Columns = dict[Role, list[str]]


def _tree(columns: Columns) -> list[Step]:
    """Numbers as they are; categories as codes, of very many levels also as frequencies."""
    return [
        Frequencies(columns["high_cardinality"]),
        Codes(columns["high_cardinality"], dtype="float32"),
        Codes(columns["categorical"], dtype="int32", most=1_000),
        Dates(columns["datetime"]),
        TextStatistics(columns["text"]),
        TextTopics(columns["text"]),
    ]


def _linear(columns: Columns) -> list[Step]:
    """Everything filled and on one scale. Scale comes before the terms, which have their own."""
    categories = columns["categorical"] + columns["high_cardinality"]
    return [
        Frequencies(columns["high_cardinality"]),
        Dates(columns["datetime"], cyclic=True),
        TextStatistics(columns["text"]),
        OneHot(categories, whole=columns["numeric"]),
        Scale(),
        TextTerms(columns["text"]),
    ]


def _catboost(columns: Columns) -> list[Step]:
    """CatBoost encodes strings itself, ordered so that no row sees its own label."""
    return [
        Strings(columns["categorical"] + columns["high_cardinality"]),
        Dates(columns["datetime"]),
        TextStatistics(columns["text"]),
        TextTopics(columns["text"]),
    ]


RECIPES: dict[Recipe, Callable[[Columns], list[Step]]] = {
    "tree": _tree,
    "linear": _linear,
    "catboost": _catboost,
}

CONSUMED: dict[Recipe, tuple[Role, ...]] = {
    "tree": ("datetime", "text"),
    "linear": ("datetime", "text", "categorical", "high_cardinality"),
    "catboost": ("datetime", "text"),
}
"""Roles whose columns are only raw material: the steps add others in their place."""
