"""Saved models, read from native files and JSON: what the model families of training wrote."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

from ._base import Predictor
from ._boosted import walk_together
from .features import Features, matrix

__all__ = ["KINDS", "Features", "Predictor", "load_predictor", "matrix", "walk_together"]

KINDS = {
    "catboost": ("catboost", "CatBoostPredictor"),
    "knn": ("knn", "NearestPredictor"),
    "lightgbm": ("lightgbm", "LightGBMPredictor"),
    "linear": ("linear", "LinearPredictor"),
    "mlp": ("mlp", "MLPPredictor"),
    "xgboost": ("xgboost", "XGBoostPredictor"),
}
"""Module and class of each kind; only that kind's library is imported."""


def load_predictor(folder: str | Path, threads: int = 1) -> Predictor:
    """Read a model that ``Fitted.save`` wrote.

    Parameters
    ----------
    folder
        With ``model.json`` and the native files.
    threads
        Threads that one prediction may use.
    """
    folder = Path(folder)
    info = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    module, name = KINDS[info["kind"]]
    kind: type[Predictor] = getattr(importlib.import_module(f".{module}", __name__), name)
    return kind.load(folder, info, threads)
