from datetime import datetime

from automl_tasks.deliver import Promotion
from automl_tasks.deliver.promotion import save
from automl_tasks.monitor import check
from automl_tasks.store.alerts import failed_run_key, raise_alert

from .conftest import rows
from .test_checking import WORSE, arrive_and_check


def test_only_a_search_that_has_ended_was_in_vain(world):
    first = arrive_and_check(world, rows(744, **WORSE), now=datetime(2012, 2, 1))
    assert first.retrain
    february = rows(200, start="2012-02-01", **WORSE)
    running = arrive_and_check(world, february, now=datetime(2012, 2, 1, 3))
    assert (running.status, running.retrain) == ("degraded", False)
    assert f"search {first.run_id} has not ended yet" in running.sentence

    in_vain = f"search {first.run_id} has given no better champion: the next waits for one more"
    # It was lost without a word: its budget and six hours have passed.
    later = check(world.having(tolerance=0.2), world.store, datetime(2012, 2, 1, 7))
    assert (later.retrain, in_vain in later.sentence) == (False, True)
    verdict = {"action": "promote", "verdict": "keep", "reason": "", "decided_at": ""}
    facts = {"version": 2, "champion_before": 1, "run": first.run_id, "snapshot": "s"}
    save(world.store, Promotion(id="p", problem=world.problem.name, **verdict, **facts))
    judged = check(world.having(tolerance=0.3), world.store, datetime(2012, 2, 1, 3))
    assert (judged.retrain, in_vain in judged.sentence) == (False, True)


def test_a_search_whose_run_failed_has_ended(world):
    first = arrive_and_check(world, rows(744, **WORSE), now=datetime(2012, 2, 1))
    february = rows(200, start="2012-02-01", **WORSE)
    key = failed_run_key(f"{world.problem.name}.search", first.run_id)
    raise_alert(world.store, world.problem.name, "failed", "no trial gave a model", key)
    next_one = arrive_and_check(world, february, now=datetime(2012, 2, 1, 3))
    assert "has given no better champion" in next_one.sentence
