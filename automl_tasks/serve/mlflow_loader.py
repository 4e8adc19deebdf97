"""What MLflow calls to load a package as a pyfunc model (``loader_module`` of the model)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from automl_tasks.serve.answer import question_of
from automl_tasks.serve.errors import BadInput
from automl_tasks.serve.model import Model
from automl_tasks.serve.package import load

__all__ = ["PyfuncModel"]

_INVALID = 1000  # INVALID_PARAMETER_VALUE of MLflow's protocol: HTTP 400


class PyfuncModel:
    """A package's model with the signature that MLflow expects."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(
        self, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predict raw rows; `params` are the keywords of `Model.predict`."""
        given = params or {}
        try:
            question_of(given, self.model.info["classes"])
            return self.model.predict(model_input, **given)
        except BadInput as error:
            raise _for_mlflow(error) from error


def _for_mlflow(error: BadInput) -> Exception:
    """The error as one of MLflow's too: its server tells no other to a client."""
    from mlflow.exceptions import MlflowException

    class Refused(MlflowException, BadInput):  # type: ignore[misc]
        def __init__(self, message: str) -> None:
            MlflowException.__init__(self, message, error_code=_INVALID)

    return Refused(str(error))


def _load_pyfunc(data_path: str) -> PyfuncModel:
    return PyfuncModel(load(data_path))
