from datetime import UTC, datetime, timedelta

from automl_tasks.monitor.decision import Decision
from automl_tasks.monitor.permission import may_retrain
from automl_tasks.problem import MonitorPolicy

from .test_decision import window

NOON = datetime(2012, 2, 1, 12, tzinfo=UTC)


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


def permission(decisions, *, version=1, turn=0, running=(), **policy):
    return may_retrain(
        MonitorPolicy(**policy),
        decisions,
        version=version,
        snapshot="s3",
        batch="s3",
        turn=turn,
        now=NOON,
        running=running,
    )


def allowed(decisions, **policy):
    return permission(decisions, **policy).granted


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


def test_a_search_in_vain_makes_the_next_one_wait():
    started = [past(snapshot="s1", batch="s1").model_copy(update={"turn": 3})]
    waits = permission(started, turn=4)
    assert "waits for one more arrival" in waits.because
    assert not waits.granted
    assert allowed(started, turn=5)
    # Its model became champion: that one is another matter.
    assert allowed(started, turn=4, version=2)


def test_a_search_that_is_running_is_not_in_vain_and_none_starts_beside_it():
    started = [past(snapshot="s1", batch="s1").model_copy(update={"turn": 3})]
    for version in (1, 2):  # whoever is champion by now
        waits = permission(started, turn=9, version=version, running={"drift__0123"})
        assert waits.because == "search drift__0123 has not ended yet, so none starts now"
        assert not waits.granted
    assert "has given no better champion" in permission(started, turn=4).because
    assert allowed(started, turn=9, running={"drift__4567"})


def test_a_month_has_its_limit():
    assert not allowed([past(version=7, hours_ago=700)], searches_per_month=1)
    assert allowed([past(version=7, hours_ago=700)], searches_per_month=2)
    assert allowed([past(version=7, hours_ago=730)], searches_per_month=1)
