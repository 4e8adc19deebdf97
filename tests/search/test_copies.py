import numpy as np
import pandas as pd

from automl_tasks.search import build_candidate, run_worker
from automl_tasks.search.copies import single_rows
from tests.search.conftest import make_people


def test_rows_with_copies_do_not_narrow_the_intervals(shop):
    """A third of the rows thrice: neighbours know them by heart, new rows they do not."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(180, 2)).round(3), columns=["a", "b"])
    frame["y"] = frame["a"] + rng.normal(0, 1, len(frame)).round(3)
    frame = pd.concat([frame, frame[:40], frame[:40]], ignore_index=True)
    plan = shop.planned(frame, "y", metric="rmse", holdout=0)
    nearest = [each for each in shop.everything["configurations"] if each.family == "knn"]
    plan = shop.replan(plan, configurations=nearest[:1], trials=1)
    run_worker(shop.store, "shop", "r1")
    table = build_candidate(shop.store, "shop", "r1").conformal["tables"][0]
    low, high = np.interp([0.25, 0.75], table["levels"], table["values"])
    assert high - low > 1.2  # of the noise alone: 1.35


def test_which_rows_count(shop):
    frame = make_people(40)
    frame = pd.concat([frame, frame[:5]], ignore_index=True)
    problem = shop.planned(frame, holdout=0).problem
    only_copies = np.r_[0:5, 40:45]
    single = single_rows(frame, np.arange(45), problem)
    assert np.flatnonzero(~single).tolist() == only_copies.tolist()
    assert single_rows(frame, np.arange(40), problem).all()
    assert single_rows(frame, only_copies, problem).all()
