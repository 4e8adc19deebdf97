from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_tasks.ingest import Snapshot, take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.store import Store
from automl_tasks.validate import ValidationResult, validate_snapshot


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 200
    return pd.DataFrame(
        {
            "when": pd.date_range("2024-01-01", periods=n, freq="h"),
            "key": np.arange(n),
            "age": rng.normal(40, 10, n).round(1),
            "city": rng.choice(["Rome", "Oslo", "Bonn"], n),
            "y": rng.choice(["no", "yes"], n),
        }
    )


@pytest.fixture
def validate(tmp_path: Path, store: Store) -> Callable[..., ValidationResult]:
    """Ingest a frame and validate it, as prepare does."""

    def validate(frame: pd.DataFrame, **keys: Any) -> ValidationResult:
        path = tmp_path / "data.csv"
        frame.to_csv(path, index=False)
        content = {"name": "toy", "source": str(path), "target": "y", **keys}
        problem = Problem.model_validate(content)
        snapshot: Snapshot = take_snapshot(problem, store)
        return validate_snapshot(problem, store, snapshot)

    return validate
