import numpy as np
import pytest

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.ledger import FoldRecord, Ledger, OutOfFold


def predictions(fold=0):
    return OutOfFold(
        rows=np.array([2, 4]) + fold, folds=np.full(2, fold), prediction=np.array([0.25, 0.5])
    )


def record(name, *, loss=None, fold=0, status="ok", reason="", rows=2, **more):
    configuration = Configuration(id=name, family="linear", params={}, folds=2)
    return FoldRecord(
        configuration=configuration,
        fold=fold,
        status=status,
        reason=reason,
        loss=loss,
        valid_rows=rows,
        **more,
    )


def test_trials_are_read_back_best_first_and_failed_ones_last(store):
    ledger = Ledger(store, "shop/runs/r")
    ledger.record(record("a", loss=2.0), predictions())
    ledger.record(record("b", status="failed", reason="no"))
    ledger.record(record("c", loss=1.0), predictions())
    again = Ledger(store, "shop/runs/r")
    assert [each.id for each in again.trials()] == ["c", "a", "b"]
    assert [each.id for each in again.good()] == ["c", "a"]
    assert again.trials()[-1].reason == "no"
    found = again.out_of_fold("a", [0])
    assert found.rows.tolist() == [2, 4]
    assert found.prediction.tolist() == [0.25, 0.5]


def test_folds_of_a_trial_are_added_up(store):
    ledger = Ledger(store, "shop/runs/r")
    ledger.record(record("a", loss=1.0, rows=30, iterations=10, seconds=1.0), predictions(0))
    (half,) = ledger.good()
    assert not half.complete
    ledger.record(
        record("a", loss=2.0, rows=10, fold=1, iterations=20, seconds=2.0), predictions(1)
    )
    (trial,) = ledger.good()
    assert trial.complete
    assert (trial.loss, trial.iterations, trial.seconds) == (1.25, 15, 3.0)
    assert ledger.out_of_fold("a", [0, 1]).rows.tolist() == [2, 4, 3, 5]
    assert ledger.out_of_fold("a", [0, 1]).folds.tolist() == [0, 0, 1, 1]


def test_a_trial_with_an_easy_fold_only_is_not_ranked_before_a_better_complete_one(store):
    ledger = Ledger(store, "shop/runs/r")
    for fold, loss in enumerate([1.0, 3.0]):
        ledger.record(record("whole", loss=loss, fold=fold), predictions(fold))
    ledger.record(record("begun", loss=1.5), predictions())
    whole, begun = ledger.good()
    assert (whole.id, whole.loss) == ("whole", 2.0)
    assert (begun.id, begun.loss) == ("begun", 2.5)


def test_a_trial_with_a_failed_fold_keeps_the_others_and_is_never_complete(store):
    ledger = Ledger(store, "shop/runs/r")
    ledger.record(record("a", loss=1.0), predictions())
    ledger.record(record("a", fold=1, status="timeout", reason="slow"))
    (trial,) = ledger.good()
    assert trial.broken
    assert not trial.complete
    assert (trial.loss, trial.reason) == (1.0, "slow")


def test_a_finished_fold_is_never_written_again(store):
    ledger = Ledger(store, "shop/runs/r")
    ledger.record(record("a", loss=2.0))
    ledger.record(record("a", loss=9.0))
    assert Ledger(store, "shop/runs/r").trials()[0].loss == 2.0


def test_a_fold_has_one_worker_at_a_time_and_none_when_it_is_finished(store):
    first, second = Ledger(store, "shop/runs/r"), Ledger(store, "shop/runs/r")
    with first.claim("a", 0) as mine, second.claim("a", 0) as too, second.claim("a", 1) as other:
        assert (mine, too, other) == (True, False, True)
    with second.claim("a", 0) as mine:
        assert mine
        second.record(record("a", loss=1.0))
    with first.claim("a", 0) as mine:
        assert not mine


def test_reasons_that_differ_in_numbers_only_are_one_reason(store):
    ledger = Ledger(store, "shop/runs/r")
    for number in range(3):
        ledger.record(record(f"t{number}", status="timeout", reason=f"stopped after {number}.5 s"))
    ledger.record(record("x", status="failed", reason="ValueError: odd"))
    slow, odd = ledger.commonest_reasons()
    assert "stopped after" in slow
    assert "(3x)" in slow
    assert odd == "ValueError: odd (1x)"


def test_a_model_is_saved_with_its_fold(store):
    ledger = Ledger(store, "shop/runs/r")
    ledger.record(
        record("a", loss=1.0),
        predictions(),
        lambda folder: (folder.mkdir(), (folder / "x").touch()),
    )
    assert (ledger.member("a", 0) / "x").exists()
    with pytest.raises(RuntimeError):
        ledger.record(record("b", loss=1.0), predictions(), _fail)
    assert [trial.id for trial in Ledger(store, "shop/runs/r").trials()] == ["a"]


def _fail(_):
    raise RuntimeError("disk full")


def test_of_trials_that_decide_alike_the_one_with_better_probabilities_comes_first(store):
    ledger = Ledger(store, "shop/runs/r")
    ledger.record(record("a", loss=0.5, log_loss=0.69), predictions())
    ledger.record(record("b", loss=0.5, log_loss=0.31), predictions())
    ledger.record(record("c", loss=0.4, log_loss=0.9), predictions())
    assert [each.id for each in ledger.good()] == ["c", "b", "a"]
