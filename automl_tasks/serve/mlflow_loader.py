"""What MLflow calls to load a package as a pyfunc model (``loader_module`` of the model)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from automl_tasks.serve.answer import question_of
from automl_tasks.serve.model import Model
from automl_tasks.serve.package import load

__all__ = ["PyfuncModel"]


class PyfuncModel:
    """A package's model with the signature that MLflow expects."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(
        self, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predict raw rows; `params` are the keywords of `Model.predict`."""
        question_of(params or {}, self.model.info["classes"])
        return self.model.predict(model_input, **(params or {}))


def _load_pyfunc(data_path: str) -> PyfuncModel:
    return PyfuncModel(load(data_path))
