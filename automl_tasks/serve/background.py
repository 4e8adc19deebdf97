"""The rows that explanations compare with: made up column by column, no row of anybody's.

Training writes them (``assess.explanation.background``); here they are read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.serve.steps.values import moments, numbers, texts

__all__ = ["BACKGROUND", "background_text", "load_background", "read_columns"]

BACKGROUND = "background.json"

_READERS: dict[str, Callable[[Any], np.ndarray]] = {
    "number": numbers,
    "moment": moments,
    "text": lambda values: np.asarray(texts(values)),
}


def read_columns(frame: pd.DataFrame, kinds: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Raw columns as arrays of one type, as the feature steps read them.

    Parameters
    ----------
    kinds
        ``number`` (float64), ``moment`` (datetime64) or ``text`` (object) by column; an absent
        column is all missing.
    """
    absent = np.full(len(frame), None, dtype=object)
    return {name: _READERS[kind](frame.get(name, absent)) for name, kind in kinds.items()}


def background_text(columns: Mapping[str, np.ndarray]) -> str:
    """JSON text of columns from `read_columns`."""
    written = {
        name: [None if missing else _plain(value) for value, missing in _pairs(values)]
        for name, values in columns.items()
    }
    return json.dumps({"columns": written}, indent=1, allow_nan=False) + "\n"


def load_background(folder: Path) -> pd.DataFrame | None:
    """The background of a package; None: the package was written without."""
    path = folder / BACKGROUND
    if not path.exists():
        return None
    columns = json.loads(path.read_text(encoding="utf-8"))["columns"]
    return pd.DataFrame({name: np.array(each, dtype=object) for name, each in columns.items()})


def _pairs(values: np.ndarray) -> zip[tuple[Any, Any]]:
    return zip(values, pd.isna(values), strict=True)


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, np.floating) else str(value)
