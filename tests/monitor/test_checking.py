import json
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from automl_tasks.errors import DataError
from automl_tasks.monitor import check, history, load_decision, score_new_rows, write_report
from automl_tasks.store.alerts import list_alerts

from .conftest import labels_of, rows

WORSE = {"slope": 6.0, "seed": 1}


def arrive_and_check(world, frame, problem=None, **arguments):
    world.arrive(frame)
    score_new_rows(world.problem, world.store)
    return check(problem or world.problem, world.store, **arguments)


def test_more_of_the_same_is_stable(world):
    decision = arrive_and_check(world, rows(300, seed=2))
    assert (decision.status, decision.retrain, decision.run_id) == ("stable", False, None)
    assert decision.coverage.share == 1
    assert decision.windows[0].comparison.rows == 300
    assert decision.drift.drifted == []
    assert list_alerts(world.store, world.problem.name) == []


def test_a_degraded_champion_starts_one_search_and_says_why(world):
    decision = arrive_and_check(world, rows(744, **WORSE))
    assert (decision.status, decision.retrain) == ("degraded", True)
    assert decision.run_id == f"drift__{decision.id}"
    assert decision.sentence.startswith("RMSE on the 744 rows of 2012-01 rose from ")
    assert "; retraining." in decision.sentence
    (alert,) = list_alerts(world.store, world.problem.name)
    assert (alert.kind, alert.message) == ("degraded", decision.sentence)


def test_deciding_again_is_the_same_decision(world):
    first = arrive_and_check(world, rows(744, **WORSE))
    assert check(world.problem, world.store) == first
    assert check(world.problem, world.store, now=datetime(2030, 1, 1, tzinfo=UTC)) == first
    assert history(world.store, world.problem.name) == [first]
    assert len(list_alerts(world.store, world.problem.name)) == 1


def test_many_deciders_make_one_decision(world):
    world.arrive(rows(744, **WORSE))
    score_new_rows(world.problem, world.store)
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(check(world.problem, world.store)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({decision.model_dump_json() for decision in made}) == 1
    assert len(made) == 6


def test_a_crash_before_the_alert_is_made_good(world):
    decision = arrive_and_check(world, rows(744, **WORSE))
    world.store.delete(f"{world.problem.name}/alerts")
    check(world.problem, world.store)
    assert [each.key for each in list_alerts(world.store, world.problem.name)] == [
        f"decision-{decision.id}"
    ]


def test_another_policy_on_the_same_rows_starts_no_second_search(world):
    first = arrive_and_check(world, rows(744, **WORSE))
    second = check(world.having(tolerance=0.2), world.store)
    assert second.id != first.id
    assert (second.status, second.retrain) == ("degraded", False)
    assert first.run_id in second.sentence


def test_newer_rows_may_start_another_search_after_the_cool_down(world):
    policy = world.having(cooldown_hours=48)
    january = arrive_and_check(world, rows(744, **WORSE), policy, now=datetime(2012, 2, 1))
    early = arrive_and_check(
        world, rows(200, start="2012-02-01", **WORSE), policy, now=datetime(2012, 2, 2)
    )
    late = arrive_and_check(
        world, rows(200, start="2012-03-01", **WORSE), policy, now=datetime(2012, 3, 1)
    )
    assert [each.retrain for each in (january, early, late)] == [True, False, True]
    assert "less than 48 hours ago" in early.sentence
    assert [each.id for each in history(world.store, world.problem.name)] == [
        late.id,
        early.id,
        january.id,
    ]


def test_two_windows_in_a_row(world):
    policy = world.having(windows=2)
    first = arrive_and_check(world, rows(200, start="2012-01-01", **WORSE), policy)
    second = arrive_and_check(world, rows(200, start="2012-02-01", slope=6.0, seed=2), policy)
    assert [first.status, second.status] == ["suspected", "degraded"]
    assert [first.retrain, second.retrain] == [False, True]
    assert len(second.windows) == 2


@pytest.mark.parametrize("mode", ["dry_run", "disabled"])
def test_the_mode_holds_searches_back(world, mode):
    decision = arrive_and_check(world, rows(744, **WORSE), world.having(mode=mode))
    assert not decision.retrain
    assert decision.status == ("degraded" if mode == "dry_run" else "unknown")


def test_too_few_labels_are_unknown(world):
    decision = arrive_and_check(world, rows(99, **WORSE))
    assert (decision.status, decision.retrain) == ("unknown", False)
    assert "99 of 99 predicted rows have their label" in decision.sentence


def test_labels_that_come_later_are_judged_when_they_are_there(world):
    january = rows(744, **WORSE)
    before = arrive_and_check(world, january.assign(y=None))
    assert (before.status, before.coverage.labelled) == ("unknown", 0)
    assert before.coverage.missing == 744
    after = arrive_and_check(world, january)
    assert (after.status, after.coverage.labelled) == ("degraded", 744)
    assert after.id != before.id


def test_labels_mature_after_their_delay(make_world):
    world = make_world(label_delay_hours=24)
    world.crown(world.arrive(rows(1000, start="2011-01-01")))
    decision = arrive_and_check(world, rows(300, seed=2))
    assert (decision.coverage.labelled, decision.coverage.waiting) == (276, 24)
    later = check(world.problem, world.store, now=datetime(2012, 2, 1, tzinfo=UTC))
    assert (later.coverage.labelled, later.coverage.waiting) == (300, 0)
    assert later.id != decision.id


def test_a_delay_needs_dates(make_world):
    world = make_world(label_delay_hours=24, time="x")
    world.crown(world.arrive(rows(400)))
    with pytest.raises(DataError, match="'x' holds no dates"):
        arrive_and_check(world, rows(200, seed=1))


def test_contradictory_labels_do_not_count(world):
    january = rows(300, seed=2)
    world.arrive(january)
    decision = arrive_and_check(world, january.head(20).assign(y=1e6))
    assert (decision.coverage.labelled, decision.coverage.contradictory) == (280, 20)
    assert decision.status == "stable"


def test_drift_alone_is_reported_and_starts_nothing(world):
    decision = arrive_and_check(world, rows(744, shift=3.0, seed=1))
    assert decision.drift.drifted == ["x"]
    assert not decision.retrain
    assert decision.status != "degraded"
    assert "Drifted columns: 'x' (1 of 2)." in decision.sentence


def test_classes(make_world):
    world = make_world()
    world.crown(world.arrive(labels_of(rows(1000, start="2011-01-01"))))
    wrong = labels_of(rows(744, seed=1))
    wrong["y"] = wrong["y"].map({"yes": "no", "no": "yes"})
    wrong.loc[:9, "y"] = "maybe"
    decision = arrive_and_check(world, wrong)
    assert (decision.metric, decision.status, decision.retrain) == ("roc_auc", "degraded", True)
    assert decision.windows[0].new_classes == 10
    assert "ROC AUC on the 734 rows of 2012-01 fell from 0.9" in decision.sentence


def test_before_there_is_anything_to_judge(make_world):
    world = make_world()
    snapshot = world.arrive(rows(1000, start="2011-01-01"))
    none = check(world.problem, world.store)
    assert (none.status, none.sentence) == ("unknown", "There is no champion yet.")
    world.crown(snapshot)
    idle = check(world.problem, world.store)
    assert (idle.status, idle.coverage) == ("unknown", None)
    assert "has not predicted" in idle.sentence
    assert write_report(world.problem, world.store, idle.id) is None


def test_a_decision_holds_no_row(world):
    arrived = rows(744, **WORSE)
    decision = arrive_and_check(world, arrived)
    text = json.dumps(world.store.read_json(f"{world.problem.name}/decisions/{decision.id}.json"))
    told = set(re.findall(r"-?\d+\.\d+", text))  # whole numbers, not digits within longer ones
    assert not told & {repr(value) for value in [*arrived["x"], *arrived["y"]]}
    log = pd.read_parquet(next(world.store.path(f"{world.problem.name}/predictions").iterdir()))
    assert not any(row in text for row in log["row_id"])


def test_a_failed_report_is_told_and_changes_no_decision(world, monkeypatch):
    decision = arrive_and_check(world, rows(300, seed=2))

    def broken(*_, **__):
        raise ValueError("cell 'secret' is odd")

    monkeypatch.setattr("automl_tasks.monitor.report.draw_report", broken)
    assert write_report(world.problem, world.store, decision.id) is None
    (alert,) = list_alerts(world.store, world.problem.name)
    assert alert.kind == "report failed"
    assert "ValueError" in alert.message
    assert "secret" not in alert.message
    assert load_decision(world.store, world.problem.name, decision.id) == decision


def test_a_report_of_no_decision_is_an_error(world):
    with pytest.raises(DataError, match="no decision '0000'"):
        write_report(world.problem, world.store, "0000")


@pytest.mark.slow
def test_the_report_is_drawn_once(world):
    decision = arrive_and_check(world, rows(300, seed=2))
    path = write_report(world.problem, world.store, decision.id)
    assert path == world.store.path(f"{world.problem.name}/reports/{decision.id}.html")
    written = path.stat().st_mtime_ns
    assert write_report(world.problem, world.store, decision.id) == path
    assert path.stat().st_mtime_ns == written
    assert list_alerts(world.store, world.problem.name) == []


def test_deciding_loads_no_evidently():
    code = (
        "import sys, automl_tasks.monitor; "
        "sys.exit(bool({'evidently', 'mlflow', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_labels_are_judged_by_the_champions_decision_and_rows_by_their_weights(make_world):
    world = make_world(metric="f1", weight="counts")

    def weighted(count, **more):
        frame = labels_of(rows(count, **more))
        return frame.assign(counts=np.arange(count) % 4 + 1)

    world.crown(world.arrive(weighted(800, start="2011-01-01")))
    path = world.store.path(f"{world.problem.name}/runs/nightly__1/candidate/candidate.json")
    bold = {"weights": [0.1, 0.9], "costs": None}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"decision": bold}))
    frame = weighted(300, seed=2)
    window = arrive_and_check(world, frame).windows[0]
    said = 1 / (1 + np.exp(-3 * frame["x"])) > 0.1
    assert window.score == pytest.approx(
        f1_score(frame["y"] == "yes", said, sample_weight=frame["counts"])
    )
    assert window.reference_score == pytest.approx(window.score, abs=0.1)
    assert window.score != pytest.approx(f1_score(frame["y"] == "yes", said))


def test_labels_by_group_are_judged_as_they_were_served(make_world):
    world = make_world(metric="f1", protected=["kind"])
    world.crown(world.arrive(labels_of(rows(800, start="2011-01-01"))))
    key = f"{world.problem.name}/runs/nightly__1/candidate"
    path = world.store.path(f"{key}/candidate.json")
    # The model that answers says yes above 0.5, whatever the group; its holdout knows of groups.
    shares = {"a": [0.5, 0.5], "b": [1.0, 0.0]}
    groups = {"column": "kind", "levels": ["a", "b"]}
    by_group = {"groups": groups, "weights": shares, "common": [0.01, 0.99]}
    changed = {"group_decision": by_group, "decision": {"weights": [0.01, 0.99], "costs": None}}
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    frame = labels_of(rows(300, seed=2))
    decision = arrive_and_check(world, frame)
    (window,) = decision.windows
    assert window.score == pytest.approx(f1_score(frame["y"] == "yes", frame["x"] > 0))
    # In one of two groups the holdout's rows are never given the positive class.
    assert window.reference_score < 0.75
    assert window.score - window.reference_score > 0.1
