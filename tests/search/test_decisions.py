from collections import Counter

from automl_tasks.search import run_worker
from automl_tasks.search.decisions import Begun, Decided, DecisionLog, Ended, read_decisions
from automl_tasks.search.ledger import Ledger


def ended(message):
    return Ended(elapsed=1.0, left=0.0, message=message)


def test_the_log_tells_why_each_fold_was_fitted(shop):
    plan = shop.planned(trials=3)
    summary = run_worker(shop.store, "shop", "r1")
    begun, *decided, last = read_decisions(shop.store, "shop/runs/r1")
    assert isinstance(begun, Begun)
    assert "lightgbm" in begun.surroundings
    assert isinstance(last, Ended)
    assert last.message == summary.message
    records = [each for trial in Ledger(shop.store, "shop/runs/r1").trials() for each in trial.good]
    fitted = {(each.configuration.id, each.fold) for each in records}
    assert {(line.trial, line.fold) for line in decided} == fitted
    assert Counter(line.why for line in decided) == {
        "opening": 2,
        "recorded": 1,
        "folds": 3 * (plan.folds - 1),
    }
    assert all(line.gain is not None for line in decided if line.why == "recorded")
    assert all(line.expected > 0 for line in decided)
    assert [line.elapsed for line in decided] == sorted(line.elapsed for line in decided)
    assert all(0 < line.aim <= line.limit <= line.left for line in decided)


def test_an_answer_past_the_budget_has_its_reason_too(shop):
    shop.planned(minutes=0.001)
    run_worker(shop.store, "shop", "r1")
    lines = read_decisions(shop.store, "shop/runs/r1")
    assert {line.why for line in lines if isinstance(line, Decided)} == {"fallback"}


def test_half_a_line_of_a_killed_worker_is_skipped_and_does_not_spoil_the_next(store):
    store.write_json("shop/runs/r/plan.json", {})
    log = DecisionLog(store, "shop/runs/r", 0)
    log.write(ended("first"))
    log.write(ended("torn"))
    path = store.path("shop/runs/r/decisions-worker-0.jsonl")
    path.write_bytes(path.read_bytes()[:-20])
    assert [line.message for line in read_decisions(store, "shop/runs/r")] == ["first"]
    DecisionLog(store, "shop/runs/r", 0).write(ended("after"))
    assert [line.message for line in read_decisions(store, "shop/runs/r")] == ["first", "after"]


def test_lines_of_several_workers_are_read_in_the_order_of_their_times(store):
    store.write_json("shop/runs/r/plan.json", {})
    for worker in (1, 0, 1):
        DecisionLog(store, "shop/runs/r", worker).write(ended(f"by {worker}"))
    found = [line.message for line in read_decisions(store, "shop/runs/r")]
    assert found == ["by 1", "by 0", "by 1"]
