import importlib
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_tasks.store import Store

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmarks():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module("drift")
        for name in ("drift", "progression", "streams"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def stream(benchmarks, tmp_path_factory):
    """Hourly sales that grow, in a file whose rows are in no order."""
    random = np.random.default_rng(0)
    hours, price = random.permutation(400), random.normal(size=400).round(3)
    sold = (0.01 * hours + 2 * price + random.normal(0, 0.1, 400)).round(3)
    path = tmp_path_factory.mktemp("stream") / "sales.csv"
    pd.DataFrame({"hour": hours, "price": price, "sold": sold}).to_csv(path, index=False)
    return benchmarks.given([str(path), "sold", "hour", "regression"])


def test_a_stream_is_in_the_order_of_its_time_and_its_parts_follow_each_other(benchmarks, stream):
    assert stream.rows["hour"].astype(int).tolist() == list(range(400))
    assert stream.problem.split == "auto"
    early, later, block = (
        part.of(stream.rows) for part in (benchmarks.EARLY, benchmarks.WINDOW, benchmarks.BLOCK)
    )
    assert early.index[-1] < later.index[-1] < block.index[0]
    assert later.index[-1] + 1 == block.index[0]
    assert block.index[-1] == 399


@pytest.fixture(scope="module")
def outcome(benchmarks, stream, tmp_path_factory):
    """A search of three trials, judged by the block."""
    folder = tmp_path_factory.mktemp("stores")
    budget = stream.problem.budget.model_copy(update={"trials": 3})
    short = replace(stream, problem=stream.problem.model_copy(update={"budget": budget}))
    block = short.frame(benchmarks.BLOCK, Store(folder / "block"))
    store = Store(folder / "store")
    return benchmarks.searched(short, store, "run", benchmarks.WINDOW, block, 120.0)


def test_a_search_has_a_point_for_each_trial_and_is_judged_by_rows_after_it(outcome):
    assert [point.trials for point in outcome.curve] == [1, 2, 3]
    seconds = [point.seconds for point in outcome.curve]
    assert 0 < seconds[0] < seconds[1] < seconds[2] <= outcome.seconds
    assert outcome.fold == outcome.curve[-1].fold
    assert 0 < outcome.fold < 2.0  # of a target with a deviation of about 2.3
    assert 0 < outcome.block < 4.0
    assert sum(outcome.models.values()) == pytest.approx(1)


def test_a_goal_is_reached_when_the_curve_is_as_good_for_the_first_time(benchmarks):
    curve = [benchmarks.Point(at, at, fold, 0.0) for at, fold in enumerate([3.0, 2.0, 1.0, 1.5])]
    assert benchmarks.reached(curve, 2.0, "rmse", "fold") == 1
    assert benchmarks.reached(curve, 0.5, "rmse", "fold") is None
    assert benchmarks.reached(curve, 2.5, "roc_auc", "fold") == 0


def test_the_table_names_every_run_and_when_it_was_as_good_as_the_cold_one(benchmarks, outcome):
    runs = [replace(outcome, name=name) for name in ("first", "cold", "cold_short", "warm")]
    found = {
        "stream": "sales",
        "metric": "rmse",
        "rows": 180,
        "block_rows": 60,
        "reached_s": {each.name: {"fold": 41.2, "block": None} for each in runs[1:]},
        "runs": [asdict(each) for each in runs],
    }
    text = "\n".join(benchmarks.lines(json.loads(json.dumps(found))))
    assert "sales: rmse, 180 rows" in text
    assert all(line in text for line in ("cold_short", "warm", "3 trials"))
    assert text.count("41 s fold, never block") == 3


def test_a_run_is_as_good_as_itself_at_its_end_at_the_latest(benchmarks, outcome):
    assert 0 < benchmarks.seconds_to(outcome, outcome)["fold"] <= outcome.curve[-1].seconds
