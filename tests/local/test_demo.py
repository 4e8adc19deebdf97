from pathlib import Path

import pandas as pd
import pytest
import yaml

from automl_tasks.errors import TerminalError
from automl_tasks.ingest import take_snapshot
from automl_tasks.local.demo import Demo
from automl_tasks.problem import Problem, load_problem
from automl_tasks.search import make_plan
from automl_tasks.settings import Settings, current_settings
from automl_tasks.store import open_store


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home beside the problem `demand`."""
    folder = tmp_path / "problems"
    folder.mkdir()
    rows = [{"size": i % 11, "kind": "abc"[i % 3], "y": float(i % 7)} for i in range(300)]
    pd.DataFrame(rows).to_csv(folder / "table.csv", index=False)
    content = {"name": "demand", "source": "table.csv", "target": "y"}
    (folder / "demand.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("NIGHTSHIFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NIGHTSHIFT_PROBLEMS", str(folder))
    return current_settings()


def played(settings: Settings) -> Problem:
    """The problem as a demo left it that was killed when all rows had arrived."""
    playback = Demo("demand", settings)._playback
    problem = playback.start()
    while playback.deliver_next():
        pass
    return problem


def search(problem: Problem, settings: Settings, run: str) -> None:
    store = open_store(settings.store_url)
    make_plan(problem, store, take_snapshot(problem, store).id, run)


def test_a_demo_may_be_played_again(settings: Settings) -> None:
    search(played(settings), settings, "manual__1")
    Demo("demand", settings)._refuse_real_work()


def test_a_demo_never_replaces_a_search_that_a_person_ran_after_it(settings: Settings) -> None:
    search(played(settings), settings, "manual__1")
    # All rows have arrived, so that both snapshots have the same content and the same id.
    search(load_problem(settings.problem_folders[0] / "demand.yaml"), settings, "by-hand")
    with pytest.raises(TerminalError, match=r"run by-hand of demand") as refused:
        Demo("demand", settings).play()
    assert "make demo PROBLEM=demand" in str(refused.value)


def test_a_demo_never_replaces_a_snapshot_that_a_person_took(settings: Settings) -> None:
    original = load_problem(settings.problem_folders[0] / "demand.yaml")
    snapshot = take_snapshot(original, open_store(settings.store_url))
    with pytest.raises(TerminalError, match=f"snapshot {snapshot.id} of demand"):
        Demo("demand", settings).play()
