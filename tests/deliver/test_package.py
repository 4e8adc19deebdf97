import json
import pickle

import numpy as np
import pandas as pd
import pytest

from automl_tasks.deliver import build_package
from automl_tasks.deliver.requirements import requirements
from automl_tasks.errors import PackageError
from automl_tasks.serve import load
from automl_tasks.serve.calibration import calibrate

RUN = "nightly__1"


def package_of(store, problem):
    return store.path(f"{problem.name}/runs/{RUN}/package")


def test_a_package_predicts_what_the_candidate_predicted(store, make_problem, make_run):
    problem = make_problem()
    plan = make_run(problem, RUN, families=("linear", "lightgbm"))
    built = build_package(store, problem.name, RUN)
    folder = package_of(store, problem)
    holdout = pd.read_parquet(folder.parent / "candidate" / "holdout.parquet")
    rows = pd.read_csv(problem.source.path).iloc[-len(holdout) :]
    predicted = load(folder).predict(rows)
    np.testing.assert_allclose(predicted["prediction"], holdout["prediction"], rtol=1e-6)
    assert built.files == len([path for path in folder.rglob("*") if path.is_file()]) - 1
    info = json.loads((folder / "model.json").read_text())
    assert (info["run"], info["snapshot"], info["target"]) == (RUN, plan.snapshot, "price")
    assert {each["name"] for each in info["columns"] if not each["required"]} == {"note"}


def test_building_again_changes_nothing(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN)
    first = build_package(store, problem.name, RUN)
    files = {path: path.stat().st_mtime_ns for path in package_of(store, problem).rglob("*")}
    assert build_package(store, problem.name, RUN) == first
    assert {path: path.stat().st_mtime_ns for path in files} == files


def test_two_builds_of_one_candidate_are_equal_to_the_byte(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN)
    first = build_package(store, problem.name, RUN)
    store.delete(f"{problem.name}/runs/{RUN}/package")
    assert build_package(store, problem.name, RUN).digest == first.digest


def test_a_package_that_predicts_otherwise_is_refused(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN)
    path = store.path(f"{problem.name}/runs/{RUN}/candidate/holdout.parquet")
    stored = pd.read_parquet(path)
    stored.loc[0, "prediction"] += 1
    stored.to_parquet(path)
    with pytest.raises(PackageError, match="differ from the candidate's"):
        build_package(store, problem.name, RUN)
    assert not package_of(store, problem).exists()


def test_a_pickle_in_the_candidate_is_refused(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN)
    member = store.path(f"{problem.name}/runs/{RUN}/candidate/members/linear-1")
    (member / "model.pkl").write_bytes(pickle.dumps(print))
    with pytest.raises(PackageError, match=r"model\.pkl.*no file that a package may hold"):
        build_package(store, problem.name, RUN)


def test_a_damaged_package_is_named(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN)
    build_package(store, problem.name, RUN)
    with (package_of(store, problem) / "model.json").open("a") as file:
        file.write(" ")
    with pytest.raises(PackageError, match=r"'model.json' was altered"):
        build_package(store, problem.name, RUN)


def test_members_of_one_recipe_share_their_preprocessing(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN, families=("lightgbm", "xgboost", "linear"))
    build_package(store, problem.name, RUN)
    assert len(list((package_of(store, problem) / "steps").iterdir())) == 2


def test_only_the_members_libraries_are_required(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, RUN, families=("lightgbm",))
    build_package(store, problem.name, RUN)
    names = [line.split("==")[0] for line in requirements(package_of(store, problem))]
    assert names == ["numpy", "pandas", "lightgbm"]


@pytest.mark.parametrize(
    ("removed", "stage"),
    [("candidate", "ensemble"), ("assessment.json", "assess"), ("plan.json", "plan")],
)
def test_the_stage_that_is_missing_is_named(store, make_problem, make_run, removed, stage):
    problem = make_problem()
    make_run(problem, RUN)
    store.delete(f"{problem.name}/runs/{RUN}/{removed}")
    with pytest.raises(PackageError, match=f"stage '{stage}'"):
        build_package(store, problem.name, RUN)


def test_a_quantiles_offset_travels_with_the_package(store, make_problem, make_run):
    problem = make_problem(metric="pinball", quantile=0.9)
    make_run(problem, RUN, offset=7.5)
    build_package(store, problem.name, RUN)
    folder = package_of(store, problem)
    stored = pd.read_parquet(folder.parent / "candidate" / "holdout.parquet")["prediction"]
    rows = pd.read_csv(problem.source.path).iloc[-len(stored) :]
    np.testing.assert_allclose(load(folder).predict(rows)["prediction"], stored, rtol=1e-6)
    assert json.loads((folder / "model.json").read_text())["offset"] == 7.5


def test_calibration_and_tables_of_errors_travel_with_the_package(store, make_problem, make_run):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=300)})
    table["kind"] = np.where(table["x"] + rng.normal(0, 1, 300) > 0, "b", "a")
    problem = make_problem(table, target="kind", time=None, holdout=0.4)
    make_run(problem, RUN)
    candidate = store.path(f"{problem.name}/runs/{RUN}/candidate")
    found = json.loads((candidate / "candidate.json").read_text())
    found["calibration"] = {"kind": "platt", "slope": 0.5, "shift": 1.0}
    (candidate / "candidate.json").write_text(json.dumps(found))
    with pytest.raises(PackageError, match="differ from the candidate's"):
        build_package(store, problem.name, RUN)
    stored = pd.read_parquet(candidate / "holdout.parquet")
    names = ["probability_0", "probability_1"]
    stored[names] = calibrate(stored[names].to_numpy(), found["calibration"])
    stored.to_parquet(candidate / "holdout.parquet")
    build_package(store, problem.name, RUN)
    answer = load(package_of(store, problem)).predict(table, interval=0.9)
    assert set(answer["set"]) == {'["a"]', '["b"]', '["a", "b"]'}
