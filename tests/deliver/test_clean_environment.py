"""A consumer's machine: mlflow and the model's own requirements, nothing of ours."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from automl_tasks.deliver import load_version
from automl_tasks.deliver.registry import registry

PREDICT = """
import sys, mlflow, pandas as pd
rows = pd.read_csv("rows.csv", keep_default_na=False)
mlflow.pyfunc.load_model(sys.argv[1]).predict(rows).to_csv("answer.csv", index=False)
installed = sys.modules["automl_tasks"].__file__
assert installed.startswith(sys.argv[1]), installed
"""


def uv():
    """Command that starts uv, wherever it is installed."""
    if found := shutil.which("uv"):
        return [found]
    if importlib.util.find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    pytest.skip("uv is not installed")


@pytest.mark.slow
def test_a_consumer_needs_only_the_models_own_requirements(registered, tmp_path):
    with registry() as client:
        source = client.get_model_version("homes", str(registered.version.version)).source
        folder = Path(mlflow.artifacts.download_artifacts(source)).resolve()
        expected = load_version(registered.version.model_uri).predict(registered.rows)
    registered.rows.to_csv(tmp_path / "rows.csv", index=False)
    # A virtual environment of the tests' own would otherwise take the packages.
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    python = str(tmp_path / "env" / "bin" / "python")
    for command in (
        [*uv(), "venv", "--quiet", "--python", sys.executable, str(tmp_path / "env")],
        [
            *uv(),
            "pip",
            "install",
            "--quiet",
            "--python",
            python,
            "-r",
            str(folder / "requirements.txt"),
        ],
        [python, "-c", PREDICT, str(folder)],
    ):
        subprocess.run(command, check=True, cwd=tmp_path, env=clean)
    answer = pd.read_csv(tmp_path / "answer.csv")
    np.testing.assert_allclose(answer["prediction"], expected["prediction"], rtol=1e-9)
