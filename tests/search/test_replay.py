from importlib.metadata import version

import numpy as np
import pytest

from automl_tasks.errors import ProblemError, SearchError
from automl_tasks.search import (
    build_candidate,
    holdout_prediction,
    load_candidate,
    load_plan,
    run_worker,
)
from automl_tasks.search.comparison import compare_runs
from automl_tasks.search.crew import Crew
from automl_tasks.search.decisions import Begun, DecisionLog, read_decisions
from automl_tasks.search.ledger import FoldRecord, Ledger
from automl_tasks.search.replay import replay_run
from automl_tasks.search.surroundings import surroundings

from .conftest import Shop, make_people

# So slow that only the clock ends them.
SLOW = {
    "lightgbm": {"learning_rate": 0.0001, "num_leaves": 31},
    "mlp": {"hidden": [256, 256], "nets": 4},
}
SECONDS = 0.5  # of a training, after which the clock ends it


class HurriedCrew(Crew):
    """Gives each training little time, whatever the machine does and the budget allows."""

    def begin(self, job, request, *, limit):
        super().begin(job, request | {"seconds": SECONDS}, limit=limit)


def hurried_search(folder, **settings):
    """A search of which the clock ended trainings, and a fold has failed."""
    shop = Shop(folder)
    plan = shop.planned(make_people(2_000), **settings)
    slow = [plan.terms.configuration(*each) for each in SLOW.items()]
    slow = [each.model_copy(update={"params": SLOW[each.family]}) for each in slow]
    chosen, wrong = [plan.configurations[0], *slow], plan.configurations[1]
    plan = shop.replan(plan, configurations=chosen, leading=3, trials=len(chosen) + 1)
    Ledger(shop.store, "shop/runs/r1").record(
        FoldRecord(configuration=wrong, fold=0, status="timeout", reason="too slow")
    )
    log = folder / "crew.log"
    with HurriedCrew(1, threads=plan.threads, memory_gb=plan.memory_gb, log=log) as crew:
        run_worker(shop.store, "shop", "r1", crew=crew)
    return shop, build_candidate(shop.store, "shop", "r1")


def ledgers(shop):
    return [Ledger(shop.store, f"shop/runs/{run}") for run in ("r1", "r1-replay")]


@pytest.fixture(scope="module", params=["random", "time"])
def replayed(request, tmp_path_factory):
    shop, candidate = hurried_search(tmp_path_factory.mktemp("shop"), split=request.param)
    return shop, candidate, replay_run(shop.store, "shop", "r1")


def test_a_search_that_the_clock_ended_is_replayed_bit_by_bit(replayed):
    shop, candidate, comparison = replayed
    then, now = ledgers(shop)
    records = [each for trial in then.good() for each in trial.good]
    assert "lightgbm" in {each.configuration.family for each in records if each.cut}
    assert min(each.planned for each in records if each.planned) < 100
    bagged = load_plan(shop.store, "shop", "r1").bagged
    assert bagged or any(each.fold is None and each.steps for each in candidate.members)
    assert comparison.message == (
        f"the same candidate, bit by bit, from {len(records)} folds that were fitted again"
    )
    for each in records:
        one, other = (
            ledger.out_of_fold(each.configuration.id, [each.fold]) for ledger in (then, now)
        )
        assert np.array_equal(one.prediction, other.prediction)
    one, other = (
        holdout_prediction(shop.store, load_plan(shop.store, "shop", run))
        for run in ("r1", "r1-replay")
    )
    assert np.array_equal(one, other)
    assert len(one)
    stored = shop.store.read_json("shop/runs/r1-replay/candidate/candidate.json")
    assert stored["members"] == candidate.model_dump(mode="json")["members"]
    assert (shop.store.read_json("shop/runs/r1-replay/replay.json")["same"]) is True


def test_failed_folds_and_the_flags_of_the_clock_are_taken_over(replayed):
    shop, _, _ = replayed
    then, now = (
        {
            (each.configuration.id, each.fold): (each.status, each.cut, each.steps, each.planned)
            for trial in ledger.trials()
            for each in trial.records
        }
        for ledger in ledgers(shop)
    )
    assert then == now
    assert ("timeout", False, None, None) in now.values()


def test_a_replay_teaches_later_searches_nothing_and_is_no_start_for_them(replayed):
    shop, _, _ = replayed
    later = shop.planned(make_people(2_000), run="r2")
    assert any("models of run r1:" in note for note in later.notes)
    assert not [path for path in shop.store.root.rglob("*.json") if "~r1-replay" in path.name]
    assert [path for path in shop.store.root.rglob("*.json") if "~r1" in path.name]


def test_the_first_difference_is_named(replayed, tmp_path):
    shop, _, _ = replayed
    record = ledgers(shop)[0].good()[0].good[0]
    trial, fold = record.configuration.id, record.fold
    path = shop.store.path(f"shop/runs/r1/trials/{trial}/fold-{fold}/oof.npz")
    before = path.read_bytes()
    with np.load(path) as arrays:
        changed = {**arrays, "prediction": np.nextafter(arrays["prediction"], np.float32(2))}
    np.savez(path, **changed)
    try:
        found = compare_runs(shop.store, "shop", "r1", "r1-replay")
    finally:
        path.write_bytes(before)
    assert not found.same
    assert f"{trial}, fold {fold}: the out-of-fold predictions differ by up to" in found.difference
    assert "libraries, code and machine are as they were" in found.message


def test_what_any_attempt_ran_with_is_compared(replayed):
    shop, _, comparison = replayed
    lines = [line for line in read_decisions(shop.store, "shop/runs/r1") if isinstance(line, Begun)]
    # One of the search, one of the ensemble.
    assert [line.surroundings for line in lines] == [surroundings()] * 2
    assert comparison.changed == []
    path = shop.store.path("shop/runs/r1/decisions-worker-0.jsonl")
    before, now = path.read_bytes(), version("lightgbm")
    elsewhere = {**surroundings(), "lightgbm": "0.1"}
    DecisionLog(shop.store, "shop/runs/r1", 0).write(Begun(surroundings=elsewhere))
    try:
        found = compare_runs(shop.store, "shop", "r1", "r1-replay")
    finally:
        path.write_bytes(before)
    assert found.changed == [f"lightgbm was 0.1 and {now}, is {now}"]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"latency_ms_per_row": 100}, "the same candidate"),
        ({"size_mb": 0.01}, "a replay ends with the ensemble"),
    ],
)
def test_of_limits_the_choice_is_taken_over_and_students_are_not(shop, limits, words):
    shop.planned(trials=2, constraints=limits)
    run_worker(shop.store, "shop", "r1")
    build_candidate(shop.store, "shop", "r1")
    assert words in replay_run(shop.store, "shop", "r1").message


def test_a_refit_takes_the_rows_and_ends_where_it_did(shop):
    """As if the clock had ended the original's after a step, on fewer rows."""
    shop.planned(trials=1, split="time")
    run_worker(shop.store, "shop", "r1")
    build_candidate(shop.store, "shop", "r1")
    key = "shop/runs/r1/candidate/candidate.json"
    stored = shop.store.read_json(key)
    (member,) = stored["members"]
    assert member["steps"] > 1
    member |= {"steps": 1, "rows": 50}
    shop.store.write_json(key, stored)
    found = replay_run(shop.store, "shop", "r1")
    (again,) = load_candidate(shop.store, "shop", "r1-replay").members
    assert (again.steps, again.rows) == (1, 50)
    assert "the holdout predictions differ by up to" in found.difference


def test_what_cannot_be_replayed_says_why(shop):
    shop.planned(trials=1)
    with pytest.raises(ProblemError, match=r"run 'r9' of 'shop' was never planned.*r1"):
        replay_run(shop.store, "shop", "r9")
    with pytest.raises(SearchError, match="the run has no candidate"):
        replay_run(shop.store, "shop", "r1")
    run_worker(shop.store, "shop", "r1")
    build_candidate(shop.store, "shop", "r1")
    # A version that wrote no decisions searched, this one built the ensemble.
    log = shop.store.path("shop/runs/r1/decisions-worker-0.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(line for line in lines if b'"begun"' in line))
    with pytest.raises(SearchError, match="kept no log"):
        replay_run(shop.store, "shop", "r1")


def test_a_search_that_is_named_like_a_replay_is_not_overwritten(shop):
    shop.planned(trials=1)
    run_worker(shop.store, "shop", "r1")
    build_candidate(shop.store, "shop", "r1")
    shop.planned(trials=2, run="r1-replay")
    folder = shop.store.path("shop/runs/r1-replay")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(SearchError, match="'r1-replay' already, and it is no replay of 'r1'"):
        replay_run(shop.store, "shop", "r1")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_an_interrupted_replay_goes_on_and_an_ended_one_is_made_anew(shop):
    shop.planned(trials=1)
    run_worker(shop.store, "shop", "r1")
    build_candidate(shop.store, "shop", "r1")
    log = shop.store.path("shop/runs/r1/decisions-worker-0.jsonl")
    log.write_bytes(log.read_bytes()[:-30])
    assert replay_run(shop.store, "shop", "r1").same
    folds = shop.store.path("shop/runs/r1-replay/trials")
    first = {path: path.stat().st_ino for path in folds.glob("*/*/manifest.json")}
    shop.store.delete("shop/runs/r1-replay/replay.json")
    shop.store.delete("shop/runs/r1-replay/candidate")
    assert replay_run(shop.store, "shop", "r1").same
    assert {path: path.stat().st_ino for path in first} == first
    assert replay_run(shop.store, "shop", "r1").same
    assert {path: path.stat().st_ino for path in first} != first
