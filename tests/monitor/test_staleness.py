"""Real quick models: training and judging them takes seconds, so few worlds are made."""

import shutil

import numpy as np
import pandas as pd
import pytest

from automl_tasks.ingest import current_snapshot, load_snapshot
from automl_tasks.monitor import check, known_rows, score_new_rows
from automl_tasks.monitor.identity import stored_ids
from automl_tasks.monitor.shadows import champion_importance, known_labels
from automl_tasks.monitor.staleness import MeasuredWindow, measure_staleness
from automl_tasks.monitor.stored_rows import StoredRows
from automl_tasks.search import make_plan

from .conftest import rows

PAYS = {"payoff": 0.02}


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


def harder(count, **more):
    """Rows of the same slope, with three times the noise."""
    frame = rows(count, **more)
    return frame.assign(y=3 * frame["x"] + 3 * (frame["y"] - 3 * frame["x"]))


def arrive_and_check(world, frame):
    world.arrive(frame)
    score_new_rows(world.problem, world.store)
    return check(world.having(**PAYS), world.store)


def measure(world, plan, version=1):
    """Measure the rows that are in the data now and were not in the plan's snapshot."""
    name = world.problem.name
    stored = StoredRows(current_snapshot(world.store, name))
    ids = stored_ids(stored, world.problem)
    learned = known_rows(load_snapshot(world.store, name, plan.snapshot).read(), world.problem)
    new = ids[~ids.isin(learned)].drop_duplicates()
    known = known_labels(stored, ids, plan)
    min_rows = world.problem.monitor.min_rows
    return measure_staleness(world.store, plan, version, known, new.tolist(), min_rows=min_rows)


def kept(world, part="staleness"):
    """Files by name, with their content and the time of writing."""
    folder = world.store.path(f"{world.problem.name}/{part}")
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "child.log"
    }


def windows(world):
    """The measured windows, oldest first."""
    folder = f"{world.problem.name}/staleness/windows"
    files = [f"{folder}/{each}/window.json" for each in world.store.list(folder)]
    return [MeasuredWindow.model_validate(world.store.read_json(each)) for each in files]


def test_a_changed_concept_shows_in_its_own_window_even_when_the_first_check_was_killed(
    world, monkeypatch
):
    copied, real = [], shutil.copytree

    def dies(source, target):
        real(source, target)
        copied.append(source.name)
        if len(copied) in (1, 4):
            raise Killed

    with monkeypatch.context() as patch:
        # At first after one of the champion's two models, then after one of the window's two.
        patch.setattr("automl_tasks.monitor.shadows.shutil.copytree", dies)
        with pytest.raises(Killed):
            arrive_and_check(world, rows(744, slope=6.0, seed=1))
        assert kept(world) == {}
        with pytest.raises(Killed):
            check(world.having(**PAYS), world.store)
    assert copied == ["all_rows", "all_rows", "as_many", "all_rows"]
    assert windows(world) == []
    assert {each.split("/")[0] for each in kept(world)} == {"champions"}
    assert world.store.list(f"{world.problem.name}/decisions") == []
    assert list(world.store.path(".staging").iterdir()) == []

    decision = check(world.having(**PAYS), world.store)
    assert (decision.status, decision.retrain) == ("degraded", True)
    assert decision.payoff.pays is True
    assert decision.payoff.newest > 0.5
    assert decision.payoff.windows == 0  # beside fresh models the champion is not older yet
    assert "not knowing the newest rows costs" in decision.sentence
    assert decision.sentence.count("; retraining.") == 1
    (window,) = windows(world)
    assert (window.rows, window.known_rows, window.champion_rows) == (744, 1000, 1000)
    assert window.savings.all_rows.champion is None
    importance = champion_importance(world.store, world.problem.name, 1)
    assert importance["x"] > 10 * importance["kind"]


def test_rows_that_are_only_harder_are_no_reason_to_search_and_count_once(world):
    january = harder(744, seed=1)
    twice = pd.concat([january, january], ignore_index=True)
    decision = arrive_and_check(world, twice)
    assert decision.windows[0].violates is True
    assert (decision.status, decision.retrain) == ("suspected", False)
    assert "RMSE on the 744 rows of 2012-01 rose" in decision.sentence
    assert "learned the newest rows does no better on them" in decision.sentence
    assert "no search, for it would not help" in decision.sentence
    assert decision.payoff.pays is False
    before = kept(world)
    assert [each.rows for each in windows(world)] == [744]

    # The loss alone, as without the quick models, would have started a search.
    by_loss = check(world.having(payoff=None, mode="dry_run"), world.store)
    assert (by_loss.status, by_loss.payoff) == ("degraded", None)
    # Another policy judges the same rows anew, by what was measured once.
    again = check(world.having(**PAYS, tolerance=0.11), world.store)
    assert again.id != decision.id
    assert again.payoff == decision.payoff
    # The same rows in a later snapshot, with too few new ones for a window.
    later = arrive_and_check(world, pd.concat([january, rows(50, start="2012-02-01", seed=2)]))
    assert later.id != decision.id
    assert later.payoff.newest == decision.payoff.newest
    assert kept(world) == before


def test_a_failing_child_costs_its_measurement_and_not_the_decision(make_world):
    world = make_world(budget={"memory_gb": 0.01})
    world.crown(world.arrive(rows(400, start="2011-01-01")))
    decision = arrive_and_check(world, rows(300, slope=6.0, seed=1))
    assert (decision.status, decision.retrain) == ("degraded", True)  # by the loss
    assert decision.payoff is None
    (note,) = decision.notes
    assert note.startswith("what a retrain would save could not be measured (")
    assert "0.01 GB" in note
    assert kept(world) == {}


def test_a_problem_without_time_is_measured_in_the_order_of_its_source(make_world):
    world = make_world(time=None)
    plan = make_plan(
        world.problem, world.store, world.arrive(rows(600).drop(columns="time")), "nightly__1"
    )
    # What the first half teaches is wrong in the second.
    calm, changed = rows(200, seed=1), rows(200, slope=-3.0, seed=2)
    world.arrive(pd.concat([calm, changed]).drop(columns="time"))
    found = measure(world, plan)
    (window,) = found.windows
    assert window.rows == 400
    assert abs(window.savings.newest.share) < 0.1
    assert found.payoff(0.02).pays is False
    # The next rows are like the newest ones, which fresh models know and the champion does not.
    world.arrive(rows(200, slope=-3.0, seed=3).drop(columns="time"))
    found = measure(world, plan)
    assert [each.rows for each in found.windows] == [400, 200]
    beside = found.windows[1].savings
    assert beside.all_rows.champion.share > 0.1
    assert beside.all_rows.champion == beside.all_rows.by_age[1]
    assert found.payoff(0.02).pays is True


def test_classes_change_places_and_unknown_ones_are_left_out(make_world):
    def classes(count, names, **more):
        frame = rows(count, **more)
        return frame.assign(y=np.array(names)[np.digitize(frame["x"], [-0.5, 0.5])])

    world = make_world()
    plan = make_plan(
        world.problem, world.store, world.arrive(classes(600, ["low", "mid", "top"])), "nightly__1"
    )
    assert plan.task == "multiclass"
    moved = classes(300, ["mid", "top", "low"], start="2012-06-01", seed=1)
    moved.loc[:9, "y"] = "never seen"
    world.arrive(moved)
    found = measure(world, plan)
    (window,) = found.windows
    assert window.rows == 290
    assert window.savings.newest.share > 0.5
    assert found.payoff(0.02).pays is True


def test_a_new_champion_starts_anew_and_is_not_judged_by_labels_that_came_late(make_world):
    world = make_world()
    plan = make_plan(world.problem, world.store, world.arrive(rows(400)), "nightly__1")
    world.arrive(rows(200, start="2012-02-01", slope=6.0, seed=1))
    first = measure(world, plan)
    assert (first.version, len(first.own)) == (1, 1)
    snapshot = current_snapshot(world.store, world.problem.name).id
    newer = make_plan(world.problem, world.store, snapshot, "drift__1")
    waiting = measure(world, newer, version=2)
    assert (len(waiting.windows), waiting.own, waiting.payoff(0.02)) == (1, [], None)
    late = rows(6, start="2012-01-05", seed=3).assign(time=lambda each: each["time"] + ".5")
    march = rows(200, start="2012-03-01", slope=6.0, seed=2)
    world.arrive(pd.concat([late, march]))
    second = measure(world, newer, version=2)
    assert [each.version for each in second.windows] == [1, 2]
    assert [each.champion_rows for each in second.windows] == [400, 600]
    assert [each.as_many for each in second.windows] == [400, 400]
    # A fresh model knows what followed the late ones.
    assert second.windows[1].known_rows == 600
    assert 190 <= second.windows[1].rows <= 200
    payoff = second.payoff(0.02)
    assert payoff.growth == pytest.approx(800 / 600, rel=0.02)
    assert payoff.newest < 0.1  # it knows the new slope
