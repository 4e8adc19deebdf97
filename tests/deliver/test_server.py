"""The same chain against a real MLflow server, whose files only the server can reach."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings

import mlflow
import numpy as np
import pandas as pd
import pytest

from automl_tasks.deliver import champion, load_champion, promote, register
from automl_tasks.deliver.registry import registry
from automl_tasks.errors import TerminalError
from automl_tasks.local.environment import mlflow_environment
from automl_tasks.settings import Settings


@pytest.fixture(scope="module")
def server(mlflow_home, pair_template, tmp_path_factory):
    """Address and database of a server that keeps the files to itself."""
    folder = tmp_path_factory.mktemp("mlflow server")
    settings = Settings(home=folder, store_url="", tracking_uri="", problem_folders=())
    settings.mlflow_folder.mkdir()
    shutil.copy(mlflow_home / "mlflow" / "mlflow.db", settings.mlflow_folder)
    started = mlflow_environment(settings)
    # As the team's server does, and other than a native one.
    team = {"_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # What 'mlflow server' runs, without importing MLflow twice.
    command = [sys.executable, "-m", "uvicorn", "mlflow.server.fastapi_app:app"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, **started, **team}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment) as process,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}", started["_MLFLOW_SERVER_FILE_STORE"]
        finally:
            process.terminate()


def _wait(url, process):
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the MLflow server did not start")


@pytest.mark.slow
def test_a_champion_comes_out_of_a_server(server, store, make_problem, make_run, monkeypatch):
    uri, database = server
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    problem = make_problem()
    make_run(problem, "one", families=("lightgbm",))
    registered = register(store, problem.name, "one")
    assert register(store, problem.name, "one") == registered
    assert promote(problem, store).verdict == "promote"
    assert champion(problem.name).version == registered.version
    rows = pd.read_csv(problem.source.path)
    assert np.isfinite(load_champion(problem.name).predict(rows)["prediction"]).all()

    # The same database without its server: found, but its files are out of reach.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    with registry() as client:
        experiment = client.get_experiment_by_name(problem.name)
    assert experiment.artifact_location.startswith("mlflow-artifacts:")
    with pytest.raises(TerminalError, match="Start that server"):
        load_champion(problem.name)


def test_mlflows_scoring_server_answers_raw_rows_over_http(registered):
    """The application that ``mlflow models serve`` starts, without its process and port."""
    from mlflow.pyfunc import scoring_server

    with warnings.catch_warnings():
        # It asks for the successor of its HTTP client, which nothing else here needs.
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient
    with registry():
        client = TestClient(scoring_server.init(mlflow.pyfunc.load_model("models:/homes/1")))
    full = {"sold": "2024-01-01", "area": 52, "rooms": "3", "city": "Bonn", "note": None}
    rows = [full, {"sold": "2024-05-01", "area": 99.5, "rooms": 2, "city": "Zossen"}]
    answer = client.post("/invocations", json={"dataframe_records": rows})
    assert answer.status_code == 200
    assert [each["prediction"] > 0 for each in answer.json()["predictions"]] == [True, True]
    refused = client.post("/invocations", json={"dataframe_records": [{"area": 52}]})
    assert refused.status_code == 400
    assert "'sold'" in refused.text
