import numpy as np

from automl_tasks.search.ledger import FoldRecord, Ledger, OutOfFold
from automl_tasks.search.metrics import loss
from automl_tasks.search.plan import run_key
from automl_tasks.search.selection import Selector
from automl_tasks.search.split import split_rows
from tests.search.conftest import make_people


def chances(y, shift=0.0):
    """Probabilities in the right order but for a few rows, near one value."""
    said = 0.4 + 0.02 * y + shift
    said[:3] = 0.4 + 0.02 * (1 - y[:3]) + shift
    return np.column_stack([1 - said, said])


def record(ledger, plan, split, y, name, predict, folds=None):
    configuration = plan.configurations[0].model_copy(update={"id": name})
    for fold, (train, valid) in enumerate(split.folds):
        if folds and fold not in folds:
            continue
        said = predict(y[valid], fold)
        ledger.record(
            FoldRecord(
                configuration=configuration,
                fold=fold,
                status="ok",
                loss=loss(plan.measure, y[valid], said),
                log_loss=loss("log_loss", y[valid], said),
                train_rows=len(train),
                valid_rows=len(valid),
            ),
            OutOfFold(valid, np.full(len(valid), fold), said.astype(np.float32)),
        )


def test_a_model_whose_best_threshold_differs_from_fold_to_fold_is_not_chosen(shop):
    plan = shop.planned(make_people(400), metric="f1", holdout=0)
    ledger = Ledger(shop.store, run_key("shop", plan.run))
    frame = shop.frame_of(plan)
    split, y = split_rows(plan, frame), (frame["buys"] == "yes").to_numpy().astype(int)
    record(ledger, plan, split, y, "a-wavering", lambda y, fold: chances(y, 0.1 * fold))
    record(ledger, plan, split, y, "b-steady", lambda y, _: chances(y))
    wavering, steady = sorted(ledger.good(), key=lambda trial: trial.id)
    assert wavering.loss == steady.loss
    found = Selector(shop.store, plan, ledger).select()
    assert [trial.id for trial, _ in found.chosen] == ["b-steady"]
    assert found.score(found.chosen) > found.score([(wavering, 1.0)]) + 0.1


def test_few_rows_of_one_fold_do_not_overrule_trials_with_all_folds(shop):
    plan = shop.planned(make_people(60), metric="log_loss", holdout=0)
    ledger = Ledger(shop.store, run_key("shop", plan.run))
    frame = shop.frame_of(plan)
    split, y = split_rows(plan, frame), (frame["buys"] == "yes").to_numpy().astype(int)
    for at in range(5):
        record(ledger, plan, split, y, f"whole{at}", lambda y, _, n=at: chances(y, 0.01 * n))
    record(ledger, plan, split, y, "lucky", lambda y, _: np.eye(2)[y], folds=plan.fold_order[:1])
    found = Selector(shop.store, plan, ledger).select()
    assert "lucky" not in {trial.id for trial, _ in found.chosen}
    assert len(np.unique(found.rows)) == 60
