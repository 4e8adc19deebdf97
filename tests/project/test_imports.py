"""What Airflow parses again and again, and what a person starts, must not load heavy packages."""

import subprocess
import sys

import pytest

HEAVY = {
    "catboost",
    "evidently",
    "great_expectations",
    "lightgbm",
    "mlflow",
    "scipy",
    "sklearn",
    "xgboost",
}


def loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(answer.stdout.split())


@pytest.mark.parametrize(
    ("module", "more"),
    [
        ("automl_tasks.cli", {"airflow", "numpy", "pandas"}),
        ("automl_tasks.problem", {"airflow", "numpy", "pandas"}),
        ("automl_tasks.settings", {"airflow", "numpy", "pandas", "pydantic"}),
        ("automl_tasks.errors", {"airflow", "numpy", "pandas", "pydantic"}),
        ("automl_tasks.local", {"airflow"}),
        ("automl_tasks.serve", {"airflow", "pydantic"}),
    ],
)
def test_importing_loads_nothing_heavy(module: str, more: set[str]) -> None:
    assert loaded_by(module) & (HEAVY | more) == set()


def test_the_check_sees_what_is_loaded() -> None:
    assert {"pydantic", "yaml"} <= loaded_by("automl_tasks.problem")
