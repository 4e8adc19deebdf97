"""Model families: defaults, training within a time limit, native files."""

from __future__ import annotations

from ._base import Family, Fitted
from .catboost import CatBoost
from .extra_trees import ExtraTrees
from .lightgbm import LightGBM
from .linear import Linear
from .random_forest import RandomForest
from .xgboost import XGBoost

__all__ = ["FAMILIES", "Family", "Fitted"]

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (Linear(), LightGBM(), XGBoost(), CatBoost(), RandomForest(), ExtraTrees())
}
"""Every family by name; the cheapest to train first."""
