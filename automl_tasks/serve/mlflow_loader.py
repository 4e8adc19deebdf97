"""What MLflow calls to load a package as a pyfunc model (``loader_module`` of the model)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from automl_tasks.serve.model import Model
from automl_tasks.serve.package import load

__all__ = ["PyfuncModel"]


class PyfuncModel:
    """A package's model with the signature that MLflow expects."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(
        self,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002 (MLflow passes it)
    ) -> pd.DataFrame:
        """Predict raw rows; see `Model.predict`."""
        return self.model.predict(model_input)


def _load_pyfunc(data_path: str) -> PyfuncModel:
    return PyfuncModel(load(data_path))
