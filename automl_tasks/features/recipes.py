"""How each kind of model wants its columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from automl_tasks.problem import Role

from ._base import Step
from .categories import Codes, Frequencies, OneHot, Strings
from .dates import Dates
from .interactions import Interactions
from .numeric import How, Piecewise, Scale
from .roles import columns_by_role
from .target_means import ScaledTargetMeans, TargetMeans
from .topics import TextTopics
from .words import TextStatistics, TextTerms

__all__ = ["CONSUMED", "RECIPES", "Recipe", "looks_at_target"]

Recipe = Literal[
    "tree",
    "tree_brief",
    "tree_target",
    "tree_pairs",
    "linear",
    "linear_splines",
    "neural",
    "neural_quantile",
    "distance",
    "catboost",
    "catboost_pairs",
]
Columns = dict[Role, list[str]]


def _tree(columns: Columns) -> list[Step]:
    """Numbers as they are; categories as codes, of very many levels also as frequencies."""
    return [
        *_tree_brief(columns),
        TextTopics(columns["text"]),
        TextTopics(columns["text"], grams="characters"),
    ]


def _tree_brief(columns: Columns) -> list[Step]:
    """Without topics, which take longer than all the rest: for a model that must be quick."""
    return [
        Frequencies(columns["high_cardinality"]),
        Codes(columns["high_cardinality"], dtype="float32"),
        Codes(columns["categorical"], dtype="int32", most=1_000),
        Dates(columns["datetime"]),
        TextStatistics(columns["text"]),
    ]


def _tree_target(columns: Columns) -> list[Step]:
    """Also each category's mean target, which the codes are overwritten after."""
    return [TargetMeans(_categories(columns)), *_tree(columns)]


def _tree_pairs(columns: Columns) -> list[Step]:
    """Also combinations of columns, which trees cannot build from thresholds on one of them."""
    return [Interactions(columns["numeric"], columns["categorical"]), *_tree_target(columns)]


def _linear(columns: Columns) -> list[Step]:
    """Everything filled and on one scale. Scale comes before the terms, which have their own."""
    return [
        Frequencies(columns["high_cardinality"]),
        Dates(columns["datetime"], cyclic=True),
        TextStatistics(columns["text"]),
        TextTopics(columns["text"], topics=48, grams="characters"),
        OneHot(_categories(columns), whole=columns["numeric"]),
        Scale(),
        TextTerms(columns["text"]),
    ]


def _linear_splines(columns: Columns) -> list[Step]:
    """Also bends in the effect of numbers, and the mean target of levels too many to list."""
    return [
        Frequencies(columns["high_cardinality"]),
        Dates(columns["datetime"], cyclic=True),
        TextStatistics(columns["text"]),
        TextTopics(columns["text"], topics=48, grams="characters"),
        OneHot(_categories(columns), whole=columns["numeric"]),
        Scale(),
        Piecewise(columns["numeric"]),
        TextTerms(columns["text"]),
        ScaledTargetMeans(columns["high_cardinality"]),
    ]


def _neural(columns: Columns, how: How = "robust") -> list[Step]:
    """Dense and bounded: few zero-one columns, topics instead of terms."""
    return [
        Frequencies(columns["high_cardinality"]),
        Dates(columns["datetime"], cyclic=True),
        TextStatistics(columns["text"]),
        TextTopics(columns["text"]),
        TextTopics(columns["text"], grams="characters"),
        OneHot(columns["categorical"], most=30),
        Scale(how=how),
        Piecewise(columns["numeric"]),
        ScaledTargetMeans(columns["high_cardinality"], how=how),
    ]


def _neural_quantile(columns: Columns) -> list[Step]:
    return _neural(columns, how="normal")


def _distance(columns: Columns) -> list[Step]:
    """One number or a few zero-one columns for each column, so that all weigh alike."""
    return [
        Dates(columns["datetime"], cyclic=True),
        TextTopics(columns["text"]),
        TextTopics(columns["text"], grams="characters"),
        OneHot(columns["categorical"], most=10),
        Scale(how="robust"),
        ScaledTargetMeans(columns["high_cardinality"], how="robust"),
    ]


def _catboost(columns: Columns) -> list[Step]:
    """CatBoost encodes strings itself, ordered so that no row sees its own label."""
    return [
        Strings(_categories(columns)),
        Dates(columns["datetime"]),
        TextStatistics(columns["text"]),
        TextTopics(columns["text"]),
        TextTopics(columns["text"], grams="characters"),
    ]


def _catboost_pairs(columns: Columns) -> list[Step]:
    return [Interactions(columns["numeric"], columns["categorical"]), *_catboost(columns)]


def _categories(columns: Columns) -> list[str]:
    return columns["categorical"] + columns["high_cardinality"]


RECIPES: dict[Recipe, Callable[[Columns], list[Step]]] = {
    "tree": _tree,
    "tree_brief": _tree_brief,
    "tree_target": _tree_target,
    "tree_pairs": _tree_pairs,
    "linear": _linear,
    "linear_splines": _linear_splines,
    "neural": _neural,
    "neural_quantile": _neural_quantile,
    "distance": _distance,
    "catboost": _catboost,
    "catboost_pairs": _catboost_pairs,
}

_ENCODES_CATEGORIES = {"linear", "linear_splines", "neural", "neural_quantile", "distance"}

CONSUMED: dict[Recipe, tuple[Role, ...]] = {
    recipe: ("datetime", "text", "categorical", "high_cardinality")
    if recipe in _ENCODES_CATEGORIES
    else ("datetime", "text")
    for recipe in RECIPES
}
"""Roles whose columns are only raw material: the steps add others in their place."""


def looks_at_target(recipe: Recipe, roles: dict[str, Role]) -> bool:
    """Whether a step of the recipe learns from the labels, so that each fold needs its own."""
    steps = RECIPES[recipe](columns_by_role(roles))
    return any(step.looks_at_target and not step.idle for step in steps)
