from automl_tasks.search.configurations import Configuration
from automl_tasks.search.cost import predicted_seconds, refit_reserve, refit_seconds
from automl_tasks.search.ledger import Trial


def trial(family, seconds, train_rows=4_000):
    return Trial(
        id=family,
        family=family,
        params={},
        status="ok",
        metric="rmse",
        seconds=seconds,
        train_rows=train_rows,
    )


def predicted(family, finished, cells=1e6):
    configuration = Configuration(id="x", family=family, params={}, folds=5)
    return predicted_seconds(configuration, finished, cells=cells, threads=1)


def test_a_family_that_was_tried_takes_what_its_slowest_trial_took():
    assert predicted("lightgbm", [trial("lightgbm", 3.0), trial("lightgbm", 7.0)]) == 7.0


def test_a_slow_machine_makes_untried_families_slower():
    usual, slow = predicted("catboost", []), predicted("catboost", [trial("linear", 8.0)])
    assert slow > 2 * usual


def test_more_cells_take_longer():
    assert predicted("lightgbm", [], cells=1e7) > 5 * predicted("lightgbm", [], cells=1e6)


def test_a_refit_costs_its_share_of_the_folds():
    assert refit_seconds(trial("linear", 8.0, train_rows=4_000), rows=1_000) == 2.0
    trials = [trial("linear", 8.0)] * 9
    assert refit_reserve(trials, 1_000, opening_seconds=3.0) == 3.0 + 1.2 * 5 * 2.0
