import numpy as np
import pytest

from automl_tasks.models import FAMILIES, Pace
from automl_tasks.models._stopper import Stopper

# So slow that the clock ends it, not the held-back rows.
SLOW = {
    "ridge": ("linear", {"C": 1e6}),
    "elastic net": ("linear", {"C": 1e4, "l1_ratio": 0.5}),
    "lightgbm": ("lightgbm", {"learning_rate": 0.002}),
    "xgboost": ("xgboost", {"learning_rate": 0.002, "subsample": 0.7}),
    "catboost": ("catboost", {"learning_rate": 0.002, "depth": 6, "boosting_type": "Plain"}),
    "mlp": ("mlp", {"hidden": [256, 256], "nets": 2}),
}


def fit(table, slow, *, valid, **settings):
    family, params = SLOW[slow]
    X, y = table.features(family)
    held_back = table.features(family, slice(300, 400)) if valid else None
    return FAMILIES[family].fit(
        X,
        y,
        task=table.task,
        params=params,
        classes=2,
        valid=held_back,
        threads=1,
        seed=0,
        **settings,
    )


@pytest.mark.parametrize("valid", [True, False])
@pytest.mark.parametrize("slow", SLOW)
def test_a_training_that_the_clock_ended_can_be_given_back(tables, tick, slow, valid):
    table, (family, _) = tables["binary"], SLOW[slow]
    rows, _ = table.features(family, slice(300, 400))
    at_once = fit(table, slow, valid=valid, seconds=1e-9)
    later = fit(table, slow, valid=valid, seconds=8 * tick)
    assert at_once.pace.steps == 1 < later.pace.steps < 10
    for first in (at_once, later):
        again = fit(table, slow, valid=valid, seconds=1e-9, pace=first.pace)
        assert np.array_equal(first.predict(rows), again.predict(rows))
        assert (first.iterations, first.pace) == (again.iterations, again.pace)
    if family == "mlp":
        assert later.pace.planned < 100


def test_a_repeated_training_ends_where_the_first_did_whatever_the_time():
    stopper = Stopper(0.0, pace=Pace(steps=3))
    assert [stopper.update(step, 1 / step) for step in (1, 2, 3)] == [False, False, True]
    assert stopper.pace == Pace(steps=3)


def test_a_cycle_is_as_long_as_the_time_allows_and_once_more_as_long_as_it_was():
    clock = iter([0.0, 1.0]).__next__
    first = Stopper(11.0, clock=clock)
    assert first.cycle(100, 1.0) == 10
    assert Stopper(0.0, pace=first.pace).cycle(100, 1.0) == 10
    assert Stopper(0.0, pace=Pace(steps=100)).cycle(100, 1.0) == 100
