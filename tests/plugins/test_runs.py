from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from automl_tasks.errors import ProblemError


@pytest.fixture(scope="module")
def runs(load_plugin: Callable[[str], ModuleType]) -> ModuleType:
    return load_plugin("runs")


@pytest.mark.parametrize(
    ("airflow_run", "run"),
    [
        (
            "asset_triggered__2026-11-22T23:26:47.655906+00:00_x4GbN1qd",
            "nightly__2026-11-22T23-26-47.655906-00-00_x4GbN1qd",
        ),
        ("manual__2026-11-22T23:26:10+00:00", "manual__2026-11-22T23-26-10-00-00"),
        ("drift__a93104ff5d5ceff2", "drift__a93104ff5d5ceff2"),
    ],
)
def test_the_name_of_a_run_says_why_it_exists(runs: ModuleType, airflow_run: str, run: str) -> None:
    assert runs.nightshift_run(airflow_run) == run


def test_an_unknown_key_is_refused_with_the_valid_ones(runs: ModuleType) -> None:
    with pytest.raises(ProblemError, match=r"unknown key 'minuts'\. Valid keys are dry, minutes"):
        runs.check_conf({"minutes": 3, "minuts": 3}, ["minutes", "dry"])
    runs.check_conf({"minutes": 3}, ["minutes", "dry"])
    runs.check_conf(None, ["minutes"])


def test_a_problem_file_that_was_removed_is_said_to_be_gone(
    runs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTSHIFT_PROBLEMS", str(tmp_path))
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path))
    with pytest.raises(ProblemError, match=r"there is no demand\.yaml any more"):
        runs.open_problem("demand")
    (tmp_path / "demand.yaml").write_text("name: demand\nsource: a.csv\ntarget: y\n")
    problem, store = runs.open_problem("demand")
    assert problem.target == "y"
    assert store.root == tmp_path / "store"
