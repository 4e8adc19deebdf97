from types import SimpleNamespace

import pytest

from automl_tasks.search.budget import Clock, part_seconds, spent_seconds


@pytest.fixture
def now(monkeypatch):
    """The time, which a test may move on."""
    clock = SimpleNamespace(seconds=1_000.0, monotonic=lambda: clock.seconds)
    monkeypatch.setattr("automl_tasks.search.budget.time", clock)
    return clock


def test_time_of_an_earlier_attempt_counts(store, now):
    store.write_json("shop/runs/r/spent/worker-0.json", {"seconds": 40.0})
    with Clock(store, "shop/runs/r", "worker-0") as clock:
        assert clock.elapsed == 40
        now.seconds += 0.05
    assert part_seconds(store, "shop/runs/r", "worker-0") == 40.05


def test_the_clock_of_a_killed_process_is_a_second_behind_at_most(store, now):
    clock = Clock(store, "shop/runs/r", "worker-0")
    clock.tick()
    assert part_seconds(store, "shop/runs/r", "worker-0") == 0
    now.seconds += 1.05
    clock.tick()
    assert part_seconds(store, "shop/runs/r", "worker-0") == 1.05


def test_workers_run_beside_each_other_and_stages_after_each_other(store):
    for part, seconds in {"plan": 2, "worker-0": 30, "worker-1": 28, "candidate": 5}.items():
        store.write_json(f"shop/runs/r/spent/{part}.json", {"seconds": seconds})
    assert spent_seconds(store, "shop/runs/r") == 37
    assert spent_seconds(store, "shop/runs/other") == 0
