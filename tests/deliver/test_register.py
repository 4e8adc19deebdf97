from pathlib import Path

import mlflow
import pandas as pd
import pytest

from automl_tasks.deliver import register
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.versions import find_version, load_version
from automl_tasks.errors import DataError, PackageError

RUN = "nightly__1"


def versions(name):
    with registry() as client:
        return list(client.search_model_versions(f"name = '{name}'"))


def files_of(name):
    """Folder of the model's files, as MLflow stores them."""
    with registry():
        return Path(mlflow.artifacts.download_artifacts(versions(name)[0].source))


def test_a_run_is_one_version_however_often_it_is_registered(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN)
    first = register(store, problem.name, RUN)
    assert register(store, problem.name, RUN) == first
    store.delete(f"{problem.name}/runs/{RUN}/registered.json")
    assert register(store, problem.name, RUN) == first
    assert len(versions(problem.name)) == 1
    with registry() as client:
        assert find_version(client, problem.name, "challenger").run == RUN


def test_a_replay_is_not_registered(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, "nightly__1-replay")
    key = f"{problem.name}/runs/nightly__1-replay/plan.json"
    store.write_json(key, {**store.read_json(key), "replays": RUN})
    with pytest.raises(PackageError, match=r"is a replay of 'nightly__1'.*Register 'nightly__1'"):
        register(store, problem.name, "nightly__1-replay")
    assert versions(problem.name) == []


@pytest.mark.parametrize("call", ["create_model_version", "set_registered_model_alias"])
def test_a_registration_that_was_killed_is_finished(
    store, make_problem, make_run, monkeypatch, call
):
    problem = make_problem()
    make_run(problem, RUN)

    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(mlflow.MlflowClient, call, killed)
        register(store, problem.name, RUN)
    registered = register(store, problem.name, RUN)
    assert [int(version.version) for version in versions(problem.name)] == [1]
    with registry() as client:
        experiment = client.get_experiment_by_name(problem.name)
        runs = client.search_runs([experiment.experiment_id])
    assert [(run.info.run_id, run.info.status) for run in runs] == [
        (registered.mlflow_run, "FINISHED")
    ]


def test_a_registry_that_lost_the_version_gets_it_again(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN)
    register(store, problem.name, RUN)
    with registry() as client:
        client.delete_registered_model(problem.name)
    # The same process has worked on another experiment meanwhile.
    mlflow.set_experiment("another")
    register(store, problem.name, RUN)
    assert len(versions(problem.name)) == 1


def test_a_run_of_the_same_name_with_another_model_is_another_version(
    store, make_problem, make_run
):
    problem = make_problem()
    make_run(problem, RUN)
    register(store, problem.name, RUN)
    store.delete(problem.name)
    make_run(problem, RUN, noise=1)
    assert register(store, problem.name, RUN).version == 2


def test_a_version_says_where_it_came_from(registered):
    [version] = versions("homes")
    snapshot = registered.store.read_json("homes/current.json")["snapshot"]
    assert version.tags["nightshift.run"] == RUN
    assert version.tags["nightshift.reason"] == "nightly"
    assert version.tags["nightshift.snapshot"] == snapshot
    with registry() as client:
        run = client.get_run(registered.version.mlflow_run)
        names = {artifact.path for artifact in client.list_artifacts(run.info.run_id)}
    assert run.data.metrics["holdout_rmse"] < run.data.metrics["baseline_rmse"]
    assert {"assessment.json", "plan.json"} <= names


def test_no_row_and_no_source_leaves_for_the_registry(registered):
    path, row = registered.problem.source.path, registered.rows.iloc[7]
    with registry():
        plan = mlflow.artifacts.load_dict(f"runs:/{registered.version.mlflow_run}/plan.json")
    assert "source" not in plan["problem"]
    paths = [path for path in files_of("homes").rglob("*") if path.is_file()]
    texts = [path.read_text(errors="replace") for path in paths]
    assert not any(path in text for text in texts)
    assert not any(row["sold"] in text for text in texts)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows,
        lambda rows: rows.round({"area": 0}).astype({"area": int}),
        lambda rows: rows.astype(str),
        lambda rows: rows.assign(sold=pd.to_datetime(rows["sold"])),
        lambda rows: rows.drop(columns="note"),
        lambda rows: rows[rows.columns[::-1]],
        lambda rows: rows.assign(city="Zossen"),
        lambda rows: rows.assign(city=None, area=None),
    ],
    ids=["as trained", "int", "text", "dates", "optional", "order", "unseen", "null"],
)
def test_consumers_send_raw_rows_as_they_have_them(registered, change):
    with registry():
        model = mlflow.pyfunc.load_model(registered.version.model_uri)
    answer = model.predict(change(registered.rows.head(7)))
    assert answer.shape == (7, 1)
    assert answer["prediction"].notna().all()


def test_a_missing_required_column_is_named(registered):
    with registry():
        model = load_version(registered.version.model_uri)
    with pytest.raises(DataError, match=r"missing inputs \['area'\]"):
        model.predict(registered.rows.drop(columns="area"))


def test_the_model_carries_serve_and_only_the_libraries_it_needs(registered):
    folder = files_of("homes")
    code = folder / "code"
    assert {path.name for path in code.iterdir()} == {"automl_tasks"}
    assert {path.name for path in (code / "automl_tasks").iterdir()} == {"__init__.py", "serve"}
    assert not list(code.rglob("__pycache__"))
    required = (folder / "requirements.txt").read_text().split()
    assert [line.split("==")[0] for line in required] == ["mlflow", "numpy", "pandas", "lightgbm"]


def test_an_altered_version_is_refused_on_load(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN)
    registered = register(store, problem.name, RUN)
    with (files_of(problem.name) / "data" / "package" / "model.json").open("a") as file:
        file.write("\n")
    with registry(), pytest.raises(PackageError, match=r"model.json' was altered"):
        load_version(registered.model_uri)
