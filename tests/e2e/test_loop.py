"""The whole loop on the real services, asserted over REST as a person and a consumer see it."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from automl_tasks.errors import TerminalError
from automl_tasks.store.alerts import list_alerts

pytestmark = pytest.mark.e2e

Json = dict[str, Any]
Rows = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def first_champion(installation, rows: Rows) -> Json:
    """The first batch arrives; everything up to a champion follows by itself."""
    installation.add_problem("demand")
    installation.arrive("demand", rows(1500, first_day="2024-01-01"))
    installation.prepare("demand")
    search = installation.next_run("demand.search")
    promote = installation.next_run("demand.promote")
    return {"search": search, "promote": promote}


@pytest.fixture(scope="module")
def replaced(installation, rows: Rows, first_champion: Json) -> Json:
    """The world changes; the monitor finds out and the search runs again by itself."""
    known = {kind: len(installation.airflow.runs(f"demand.{kind}")) for kind in ("search",)}
    drifted = rows(1500, first_day="2024-03-03", slope=-3.0, seed=1)
    installation.arrive("demand", drifted)
    prepare = installation.prepare("demand")
    # The first search that the new snapshot wakes skips itself; the second is the monitor's.
    woken = installation.next_run("demand.search", after=known["search"])
    drift = installation.next_run("demand.search", after=known["search"] + 1)
    promote = installation.next_run("demand.promote", after=1)
    return {"prepare": prepare, "woken": woken, "drift": drift, "promote": promote}


def test_the_first_batch_becomes_a_champion_by_itself(installation, first_champion: Json) -> None:
    assert first_champion["search"]["run_type"] == "asset_triggered"
    assert installation.alias("demand", "champion") == 1
    (version,) = installation.versions("demand")
    assert version["tags"]["nightshift.run"].startswith("nightly__")


def test_a_degraded_champion_is_replaced_by_itself(installation, replaced: Json) -> None:
    # A new snapshot alone starts no search, as the problem says.
    woken = installation.states("demand.search", replaced["woken"]["dag_run_id"])
    assert set(woken.values()) == {"skipped"}
    drift = replaced["drift"]
    assert drift["dag_run_id"].startswith("drift__")
    assert drift["conf"]["reason"].startswith("drift: ")
    assert installation.alias("demand", "champion") == 2
    assert installation.alias("demand", "previous_champion") == 1
    versions = installation.versions("demand")
    assert [each["tags"]["nightshift.run"] for each in versions][1] == drift["dag_run_id"]
    decision = installation.store.read_json(
        f"demand/decisions/{drift['dag_run_id'].removeprefix('drift__')}.json"
    )
    assert decision["status"] == "degraded"


def test_unchanged_data_are_skipped_with_the_reason(installation, replaced: Json) -> None:
    assert replaced["prepare"]["state"] == "success"
    again = installation.prepare("demand")["dag_run_id"]
    assert installation.states("demand.prepare", again)["publish"] == "skipped"
    reason = installation.airflow.xcom("demand.prepare", again, "publish", key="skipped")
    assert "the data have not changed" in reason


def test_a_person_can_roll_back_and_forth(installation, replaced: Json) -> None:
    for expected in (1, 2):
        run = installation.run("demand.promote", {"action": "rollback"})["dag_run_id"]
        assert installation.states("demand.promote", run) == {
            "rollback": "success",
            "promote": "skipped",
        }
        assert installation.alias("demand", "champion") == expected


def test_bad_data_end_in_a_readable_alert_and_nothing_follows(
    installation, rows: Rows, replaced: Json
) -> None:
    published = installation.store.read_json("demand/current.json")
    bad = rows(1500, first_day="2024-05-05", seed=2).assign(z="unknown")
    installation.arrive("demand", bad)
    run = installation.airflow.trigger("demand.prepare")
    installation.ended("demand.prepare", run, state="failed")
    states = installation.states("demand.prepare", run)
    assert states == {"ingest": "success", "validate": "failed", "publish": "upstream_failed"}
    log = installation.airflow.task_log("demand.prepare", run, "validate")
    assert "in quarantine" in log
    assert installation.store.read_json("demand/current.json") == published
    alerts = list_alerts(installation.store, "demand")
    (alert,) = (each for each in alerts if each.kind == "quarantine")
    assert "'z'" in alert.message
    # A person's error is not tried again.
    (validate,) = (
        each
        for each in installation.airflow.task_instances("demand.prepare", run)
        if each["task_id"] == "validate"
    )
    assert validate["try_number"] == 1


def test_an_unknown_key_is_refused_with_the_valid_ones(installation, replaced: Json) -> None:
    run = installation.airflow.trigger("demand.search", {"minuts": 3})
    installation.ended("demand.search", run, state="failed")
    log = installation.airflow.task_log("demand.search", run, "plan")
    assert "unknown key 'minuts'" in log
    assert "Valid keys are dry_run, metric, minutes, reason, window_rows" in log


def test_a_form_with_a_wrong_value_is_refused_before_anything_runs(
    installation, replaced: Json
) -> None:
    before = len(installation.airflow.runs("demand.search"))
    with pytest.raises(TerminalError, match="Invalid input for param minutes"):
        installation.airflow.trigger("demand.search", {"minutes": -1})
    assert len(installation.airflow.runs("demand.search")) == before
