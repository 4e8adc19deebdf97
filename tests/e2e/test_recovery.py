"""What goes wrong on a real machine: killed processes, wrong files, a person who must be asked."""

import os
import signal
import time
from collections.abc import Callable

import pandas as pd
import psutil
import pytest

from automl_tasks.local import start
from automl_tasks.local.polling import wait_for
from automl_tasks.settings import current_settings

pytestmark = pytest.mark.e2e

Rows = Callable[..., pd.DataFrame]


def test_a_killed_search_goes_on_and_a_person_is_asked(installation, rows: Rows) -> None:
    installation.add_problem("asked", promotion="approval", budget={"minutes": 0.5})
    installation.arrive("asked", rows(1500, first_day="2024-01-01"))
    installation.prepare("asked")
    runs = wait_for(
        lambda: installation.airflow.runs("asked.search"), what="the search", timeout=60
    )
    airflow_run = runs[0]["dag_run_id"]
    trials = kill_search_after_a_trial(installation, airflow_run)
    installation.ended("asked.search", airflow_run)

    (search,) = (
        each
        for each in installation.airflow.task_instances("asked.search", airflow_run)
        if each["task_id"] == "search"
    )
    assert search["try_number"] > 1
    (run,) = installation.store.list("asked/runs")
    assert trials.items() <= finished_trials(installation, run).items()
    (version,) = installation.versions("asked")
    assert version["tags"]["nightshift.run"] == run
    assert installation.alias("asked", "challenger") == 1

    assert installation.alias("asked", "champion") is None
    approve(installation)
    assert installation.alias("asked", "champion") == 1


def kill_search_after_a_trial(installation, airflow_run: str) -> dict[str, float]:
    """SIGKILL the task's process when at least one trial is finished; return the trials then."""

    def running() -> str | None:
        for each in installation.airflow.task_instances("asked.search", airflow_run):
            if each["task_id"] == "search" and each["state"] == "running":
                return str(each["id"])
        return None

    task = wait_for(running, what="the search task to run", timeout=120)
    (run,) = installation.store.list("asked/runs")
    trials = wait_for(
        lambda: finished_trials(installation, run), what="a trial", timeout=60, pause=0.1
    )
    title = f"airflow worker -- {task}"
    alike = [each for each in psutil.process_iter() if command(each) == title]
    # A trial that was forked just now may still carry the title of its parent.
    (process,) = (each for each in alike if each.parent() not in alike)
    os.kill(process.pid, signal.SIGKILL)
    return trials


def command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()).strip()
    except psutil.Error:
        return ""


def finished_trials(installation, run: str) -> dict[str, float]:
    """Finished folds of trials and when they were."""
    folder = installation.store.path(f"asked/runs/{run}/trials")
    found = folder.glob("*/*/manifest.json")
    return {f"{path.parts[-3]}/{path.parts[-2]}": path.stat().st_mtime for path in found}


def approve(installation) -> None:
    """Answer the question of ``asked.promote`` and wait for the end of the run."""

    def ended() -> str | None:
        for run in installation.airflow.runs("asked.promote"):
            if run["state"] in ("success", "failed"):
                return str(run["state"])
            states = installation.states("asked.promote", run["dag_run_id"])
            # Airflow asks once more when the answer comes within the same second as the question.
            if states.get("approval") == "awaiting_input":
                time.sleep(1)
                installation.airflow.answer(
                    "asked.promote", run["dag_run_id"], "approval", ["Approve"]
                )
        return None

    assert wait_for(ended, what="the approval", timeout=120) == "success"


def test_a_wrong_problem_file_is_shown_and_the_others_run_on(installation) -> None:
    wrong = installation.problems / "wrong.yaml"
    wrong.write_text("name: wrong\nsource: a.csv\ntaget: y\n")

    def shown() -> str | None:
        texts = [each["stack_trace"] for each in installation.airflow.import_errors()]
        return next((text for text in texts if "unknown key 'taget'" in text), None)

    text = wait_for(shown, what="the import error", timeout=60)
    assert "did you mean 'target'?" in text
    assert str(wrong) in text
    for dag in installation.airflow.dags():
        assert not dag["has_import_errors"]
        assert not dag["is_stale"]
    wrong.unlink()
    wait_for(lambda: not installation.airflow.import_errors(), what="the error to go", timeout=60)


def test_a_second_start_finds_the_first(installation) -> None:
    said: list[str] = []
    assert start(current_settings(), say=said.append) == installation.services
    assert said[0].startswith("Already running")
