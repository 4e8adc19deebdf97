from datetime import UTC, datetime

import pytest

from automl_tasks.deliver import Promotion, champion, history
from automl_tasks.deliver.promotion import save
from automl_tasks.monitor import check, score_new_rows
from automl_tasks.store.alerts import list_alerts

from .conftest import rows


@pytest.fixture
def heirs(world):
    """A world in which version 2, which says 6 * x, has taken the place of one that says 3 * x."""
    snapshot = world.arrive(rows(200, start="2011-06-01", seed=3))
    version = world.crown(snapshot, run="nightly__2", slope=6)
    record = Promotion(
        id="p2",
        problem=world.problem.name,
        version=version,
        champion_before=version - 1,
        run="nightly__2",
        snapshot=snapshot,
        verdict="promote",
        reason="",
        applied=True,
        decided_at=datetime(2011, 7, 1, tzinfo=UTC).isoformat(),
    )
    save(world.store, record)
    return world


def judged(world, frame, problem=None):
    world.arrive(frame)
    score_new_rows(world.problem, world.store)
    return check(problem or world.problem, world.store)


def test_a_young_champion_that_is_worse_gives_way(heirs):
    name, before = heirs.problem.name, champion(heirs.problem.name).version
    decision = judged(heirs, rows(300, seed=2))
    assert decision.rollback_to == before - 1
    assert not decision.retrain
    assert f"version {before - 1} is champion again" in decision.sentence
    (record,) = [each for each in history(heirs.store, name) if each.action == "rollback"]
    assert (record.version, record.verdict) == (before - 1, "promote")
    (alert,) = list_alerts(heirs.store, name)
    assert (alert.kind, alert.message) == ("rolled back", decision.sentence)


def test_it_gives_way_once(heirs):
    decision = judged(heirs, rows(300, seed=2))
    assert check(heirs.problem, heirs.store).champion_version == decision.rollback_to
    rollbacks = [e for e in history(heirs.store, heirs.problem.name) if e.action == "rollback"]
    assert len(rollbacks) == 1


@pytest.mark.parametrize("settings", [{"rollback": "report"}, {"mode": "dry_run"}])
def test_where_nobody_wants_it_it_is_only_said(heirs, settings):
    before = champion(heirs.problem.name)
    decision = judged(heirs, rows(300, seed=2), heirs.having(**settings))
    assert decision.rollback_to is None
    assert "would have lost" in decision.sentence
    assert champion(heirs.problem.name) == before


def test_a_better_champion_stays(heirs):
    decision = judged(heirs, rows(300, slope=6.0, seed=2))
    assert (decision.rollback_to, decision.predecessor.better) == (None, False)


def test_a_champion_that_took_no_ones_place_has_no_predecessor(world):
    assert judged(world, rows(300, seed=2)).predecessor is None
