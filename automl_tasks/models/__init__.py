"""Model families: defaults, training within a time limit, native files."""

from __future__ import annotations

from ._base import Family, Fitted
from ._stopper import Pace
from .catboost import CatBoost
from .centroids import Centroids
from .knn import Nearest
from .lightgbm import LightGBM
from .linear import Linear
from .mlp import MLP
from .xgboost import XGBoost

__all__ = ["FAMILIES", "Family", "Fitted", "Pace"]

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Linear(),
        Centroids(),
        Nearest(),
        LightGBM(),
        XGBoost(),
        CatBoost(),
        MLP(),
    )
}
"""Every family by name; the cheapest to train first."""
