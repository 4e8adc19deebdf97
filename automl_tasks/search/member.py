"""A saved member of a candidate: the same files and the same code that a package ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

__all__ = ["SavedMember"]


class SavedMember:
    """Preprocessing and model from ``pipeline.json`` and ``model.json``, applied by ``serve``.

    Parameters
    ----------
    folder
        ``candidate/members/TRIAL``.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        from automl_tasks.serve.predictors import load_predictor

        self._steps: list[dict[str, Any]] = json.loads((folder / "pipeline.json").read_text())
        self._predictor = load_predictor(folder, threads=threads)

    def predict(self, frame: pd.DataFrame) -> NDArray[Any]:
        """(n,) values or (n, classes) probabilities of raw rows."""
        from automl_tasks.serve.steps import apply_steps

        return self._predictor.predict(apply_steps(self._steps, frame))
