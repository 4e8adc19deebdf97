from datetime import UTC, datetime, timedelta

import pytest

from automl_tasks.monitor.decision import Decision, WindowResult, decision_id, judge, may_retrain
from automl_tasks.monitor.performance import LossComparison
from automl_tasks.problem import MonitorPolicy

NOON = datetime(2012, 2, 1, 12, tzinfo=UTC)


def window(violates, *, increase=0.0, at_least=0.0, batch="s2"):
    comparison = LossComparison(
        rows=744, reference_rows=900, increase=increase, increase_at_least=at_least
    )
    return WindowResult(
        batches=(batch,), name="", start=None, end=None, comparison=comparison, violates=violates
    )


@pytest.mark.parametrize(
    ("newest_first", "needed", "status"),
    [
        ([], 1, "unknown"),
        ([window(None)], 1, "unknown"),
        ([window(False)], 1, "stable"),
        ([window(True)], 1, "degraded"),
        ([window(True)], 2, "suspected"),
        ([window(True), window(False)], 2, "suspected"),
        ([window(True), window(None)], 2, "suspected"),
        ([window(True), window(True)], 2, "degraded"),
        ([window(False), window(True)], 2, "stable"),
        ([window(False, increase=0.3, at_least=0.05)], 1, "suspected"),
        ([window(False, increase=0.3, at_least=-0.1)], 1, "stable"),
        ([window(False, increase=0.08, at_least=0.05)], 1, "stable"),
    ],
)
def test_status(newest_first, needed, status):
    assert judge(newest_first, MonitorPolicy(windows=needed)) == status


def past(*, version=1, snapshot="s2", batch="s2", hours_ago=1.0, retrain=True):
    return Decision(
        id="0123",
        problem="bikes",
        status="degraded",
        retrain=retrain,
        run_id="drift__0123" if retrain else None,
        sentence="",
        created_at=(NOON - timedelta(hours=hours_ago)).isoformat(),
        snapshot=snapshot,
        champion_version=version,
        champion_run="r1",
        metric="rmse",
        windows=[window(True, batch=batch)],
        coverage=None,
        arrivals=(batch,),
        drift=None,
        thresholds=MonitorPolicy(),
        inputs="",
    )


def allowed(decisions, **policy):
    permission = may_retrain(
        MonitorPolicy(**policy),
        decisions,
        version=1,
        snapshot="s3",
        batch="s3",
        turn=0,
        now=NOON,
    )
    return permission.granted


def test_a_first_degradation_starts_a_search():
    assert allowed([])


def test_only_the_enabled_monitor_starts_searches():
    assert not allowed([], mode="dry_run")
    assert not allowed([], mode="disabled")


def test_the_same_rows_start_no_second_search_of_the_same_champion():
    assert not allowed([past(snapshot="s3", batch="s2")])
    assert not allowed([past(snapshot="s2", batch="s3")])
    assert allowed([past(snapshot="s2", batch="s2")])
    assert allowed([past(version=2, snapshot="s3", batch="s3")])
    assert allowed([past(snapshot="s3", batch="s3", retrain=False)])


def test_the_cool_down_holds_for_every_champion_and_then_ends():
    assert not allowed([past(version=2, hours_ago=23)], cooldown_hours=24)
    assert allowed([past(version=2, hours_ago=24)], cooldown_hours=24)
    assert allowed([past(version=2, hours_ago=1, retrain=False)], cooldown_hours=24)


def test_a_clock_that_jumped_back_does_not_end_the_cool_down():
    assert not allowed([past(version=2, hours_ago=-2)], cooldown_hours=24)
    assert allowed([past(version=2, hours_ago=-2)])


def test_the_id_names_what_was_decided():
    policy, evidence = MonitorPolicy(), [["s2"], [["s2"], 744]]
    assert decision_id("bikes", 1, policy, evidence) == decision_id("bikes", 1, policy, evidence)
    others = [
        decision_id("cars", 1, policy, evidence),
        decision_id("bikes", 2, policy, evidence),
        decision_id("bikes", 1, MonitorPolicy(tolerance=0.2), evidence),
        decision_id("bikes", 1, policy, [["s2"], [["s2"], 745]]),
    ]
    assert len({decision_id("bikes", 1, policy, evidence), *others}) == 5
    assert all(len(each) == 16 for each in others)


def test_a_search_in_vain_makes_the_next_one_wait():
    started = [past(snapshot="s1", batch="s1").model_copy(update={"turn": 3})]

    def permission(turn, version=1):
        return may_retrain(
            MonitorPolicy(),
            started,
            version=version,
            snapshot="s3",
            batch="s3",
            turn=turn,
            now=NOON,
        )

    assert "waits for one more arrival" in permission(4).because
    assert not permission(4).granted
    assert permission(5).granted
    # Its model became champion: that one is another matter.
    assert permission(4, version=2).granted


def test_a_search_that_is_running_is_not_in_vain_and_none_starts_beside_it():
    started = [past(snapshot="s1", batch="s1").model_copy(update={"turn": 3})]

    def permission(turn, version, running):
        return may_retrain(
            MonitorPolicy(),
            started,
            version=version,
            snapshot="s3",
            batch="s3",
            turn=turn,
            now=NOON,
            running=running,
        )

    for version in (1, 2):  # whoever is champion by now
        waits = permission(9, version, {"drift__0123"})
        assert waits.because == "search drift__0123 has not ended yet, so none starts now"
        assert not waits.granted
    assert "has given no better champion" in permission(4, 1, set()).because
    assert permission(9, 1, {"drift__4567"}).granted


def test_a_month_has_its_limit():
    assert not allowed([past(version=7, hours_ago=700)], searches_per_month=1)
    assert allowed([past(version=7, hours_ago=700)], searches_per_month=2)
    assert allowed([past(version=7, hours_ago=730)], searches_per_month=1)
