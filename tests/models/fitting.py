"""Fits on small tables, with the settings that few tests are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl_tasks.models import FAMILIES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from automl_tasks.models import Fitted

__all__ = ["fit"]


def fit(
    family: str,
    X: pd.DataFrame,
    y: np.ndarray,
    *,
    task: str = "binary",
    params: dict[str, Any] | None = None,
    **settings: Any,
) -> Fitted:
    """A fitted family; `settings` are further parameters of its ``fit``."""
    usual = {"valid": None, "threads": 1, "seed": 0, "seconds": 60}
    classes = 0 if task == "regression" else int(y.max()) + 1
    return FAMILIES[family].fit(
        X, y, task=task, params=params or {}, classes=classes, **usual | settings
    )
