import numpy as np

from automl_tasks.search.ledger import Ledger, OutOfFold, Trial

PREDICTIONS = OutOfFold(
    rows=np.array([4, 2]), folds=np.array([0, 0]), prediction=np.array([0.5, 0.25])
)


def trial(name, *, loss=None, status="ok", reason=""):
    return Trial(
        id=name, family="linear", params={}, status=status, reason=reason, metric="rmse", loss=loss
    )


def test_trials_are_read_back_best_first_and_failed_ones_last(store):
    ledger = Ledger(store, "shop/runs/r")
    ledger.record(trial("a", loss=2.0), PREDICTIONS)
    ledger.record(trial("b", status="failed", reason="no"))
    ledger.record(trial("c", loss=1.0), PREDICTIONS)
    again = Ledger(store, "shop/runs/r")
    assert [each.id for each in again.trials()] == ["c", "a", "b"]
    assert [each.id for each in again.good()] == ["c", "a"]
    found = again.out_of_fold("a")
    assert found.rows.tolist() == [4, 2]
    assert found.prediction.tolist() == [0.5, 0.25]
    assert found.in_row_order().prediction.tolist() == [0.25, 0.5]


def test_a_finished_trial_is_never_written_again(store):
    ledger = Ledger(store, "shop/runs/r")
    ledger.record(trial("a", loss=2.0))
    ledger.record(trial("a", loss=9.0))
    assert Ledger(store, "shop/runs/r").trials()[0].loss == 2.0


def test_a_trial_has_one_worker_at_a_time_and_none_when_it_is_finished(store):
    first, second = Ledger(store, "shop/runs/r"), Ledger(store, "shop/runs/r")
    with first.claim("a") as mine, second.claim("a") as too:
        assert (mine, too) == (True, False)
    with second.claim("a") as mine:
        assert mine
        second.record(trial("a", loss=1.0))
    with first.claim("a") as mine:
        assert not mine


def test_reasons_that_differ_in_numbers_only_are_one_reason(store):
    ledger = Ledger(store, "shop/runs/r")
    for number in range(3):
        ledger.record(trial(f"t{number}", status="timeout", reason=f"stopped after {number}.5 s"))
    ledger.record(trial("x", status="failed", reason="ValueError: odd"))
    slow, odd = ledger.commonest_reasons()
    assert "stopped after" in slow
    assert "(3x)" in slow
    assert odd == "ValueError: odd (1x)"
