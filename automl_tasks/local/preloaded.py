"""Run a module as ``python -m`` does, in a process that holds the heavy libraries already.

    python -P preloaded.py airflow scheduler

The scheduler forks its tasks. Without this most of them would spend more time on importing pandas,
MLflow or Great Expectations than on their work. Nothing of ours is among the libraries, and this
file is run by its path, not as part of its package: so tasks always import our current code.
"""

import contextlib
import importlib
import runpy
import sys

LIBRARIES = (
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "lightgbm",
    "xgboost",
    "catboost",
    "mlflow.pyfunc",
    "great_expectations",
    "evidently.presets",
)


def main() -> None:
    """Import the libraries that are installed, then run the module named on the command line."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
