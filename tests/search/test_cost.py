from automl_tasks.search.configurations import Configuration
from automl_tasks.search.cost import predicted_seconds, refit_reserve, refit_seconds
from automl_tasks.search.ledger import FoldRecord, Trial


def trial(family, seconds, train_rows=4_000):
    configuration = Configuration(id=family, family=family, params={}, folds=5)
    record = FoldRecord(
        configuration=configuration,
        fold=0,
        status="ok",
        loss=1.0,
        seconds=seconds,
        train_rows=train_rows,
        valid_rows=100,
    )
    return Trial(configuration, [record], 1.0)


def predicted(family, finished, cells=1e6, classes=2):
    configuration = Configuration(id="x", family=family, params={}, folds=5)
    return predicted_seconds(configuration, finished, cells=cells, threads=1, classes=classes)


def test_a_family_that_was_tried_takes_what_its_slowest_fold_took():
    assert predicted("lightgbm", [trial("lightgbm", 3.0), trial("lightgbm", 7.0)]) == 7.0


def test_a_slow_machine_makes_untried_families_slower():
    usual, slow = predicted("catboost", []), predicted("catboost", [trial("linear", 8.0)])
    assert slow > 2 * usual


def test_more_cells_and_more_classes_take_longer():
    assert predicted("lightgbm", [], cells=1e7) > 5 * predicted("lightgbm", [], cells=1e6)
    assert predicted("lightgbm", [], classes=20) > 10 * predicted("lightgbm", [])
    assert predicted("linear", [], classes=20) == predicted("linear", [])


def test_a_refit_costs_its_share_of_a_fold_and_refits_run_beside_each_other():
    assert refit_seconds(trial("linear", 8.0, train_rows=4_000), rows=1_000) == 2.0
    trials = [trial("linear", 8.0)] * 6
    assert refit_reserve(trials, 1_000, 3.0, lanes=1) == 3.0 + 1.2 * 6 * 2.0
    assert refit_reserve(trials, 1_000, 3.0, lanes=2) == 3.0 + 1.2 * 3 * 2.0
    assert refit_reserve(trials[:1], 1_000, 3.0, lanes=2) == 3.0 + 1.2 * 2.0
