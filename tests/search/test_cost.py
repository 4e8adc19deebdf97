from automl_tasks.meta import Size, prior_seconds
from automl_tasks.search.configurations import Configuration
from automl_tasks.search.cost import refit_reserve, refit_seconds
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


def test_more_rows_and_more_classes_take_longer():
    usual = prior_seconds("lightgbm", Size(1e5, 10, 2))
    assert prior_seconds("lightgbm", Size(1e6, 10, 2)) > 5 * usual
    assert prior_seconds("lightgbm", Size(1e5, 10, 20)) > 10 * usual
    assert prior_seconds("knn", Size(1e5, 10, 20)) < 2 * prior_seconds("knn", Size(1e5, 10, 2))


def test_a_refit_costs_its_share_of_a_fold_and_refits_run_beside_each_other():
    assert refit_seconds(trial("linear", 8.0, train_rows=4_000), rows=1_000) == 2.0
    trials = [trial("linear", 8.0)] * 6
    assert refit_reserve(trials, 1_000, 3.0, lanes=1) == 3.0 + 1.2 * 6 * 2.0
    assert refit_reserve(trials, 1_000, 3.0, lanes=2) == 3.0 + 1.2 * 3 * 2.0
    assert refit_reserve(trials[:1], 1_000, 3.0, lanes=2) == 3.0 + 1.2 * 2.0
