"""Boosted trees as flat arrays beside the native file of a saved model, for single rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from automl_tasks.serve.predictors.trees import TREES

from ._flat import Arrays
from ._flat_lightgbm import lightgbm_trees
from ._flat_xgboost import xgboost_trees

__all__ = ["write_flat_trees"]

_READERS: dict[str, Callable[[Path, int], Arrays | None]] = {
    "lightgbm": lightgbm_trees,
    "xgboost": xgboost_trees,
}
# Of the saved model and of the arrays: to read more takes long, and is no faster than a library.
_MOST_SAVED, _MOST_BYTES = 8 * 2**20, 16 * 2**20


def write_flat_trees(folder: Path) -> bool:
    """Write ``trees.npz`` into the folder of a saved model.

    Returns
    -------
    bool
        False, and nothing is written, where the model is not of boosted trees, is of a form that
        the arrays cannot say, or is so large that a library is no slower.
    """
    info = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    read = _READERS.get(info["kind"])
    if read is None or sum(path.stat().st_size for path in folder.iterdir()) > _MOST_SAVED:
        return False
    arrays = read(folder, info["classes"] if info["task"] == "multiclass" else 1)
    if arrays is None or sum(array.nbytes for array in arrays.values()) > _MOST_BYTES:
        return False
    np.savez(folder / TREES, allow_pickle=False, **arrays)
    return True
