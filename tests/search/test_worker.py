import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from automl_tasks.errors import SearchError
from automl_tasks.search import run_worker
from automl_tasks.search.crew import Crew
from automl_tasks.search.ledger import Ledger
from automl_tasks.search.metrics import loss_by_fold
from automl_tasks.search.process import child_environment


def trial_files(store):
    """Writing time and inode of each finished fold."""
    folder = store.path("shop/runs/r1/trials")
    found = {
        f"{path.parts[-3]}/{path.parts[-2]}": path.stat()
        for path in folder.glob("*/*/manifest.json")
    }
    return {name: (stat.st_mtime_ns, stat.st_ino) for name, stat in found.items()}


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_trials_predict_every_development_row_out_of_fold(shop):
    plan = shop.planned(trials=2)
    states = []
    summary = run_worker(shop.store, "shop", "r1", on_progress=states.append)
    assert (summary.trials, summary.failed) == (2, 0)
    assert summary.message == "all 2 trials of the budget were made"
    ledger = Ledger(shop.store, "shop/runs/r1")
    best = ledger.good()[0]
    assert best.complete
    found = ledger.out_of_fold(best.id, range(plan.folds))
    assert len(set(found.rows)) == plan.develop_rows
    y = (shop.folder / "table.csv").read_text().splitlines()[1:]
    codes = np.array([line.endswith("yes") for line in y])[found.rows]
    loss = loss_by_fold("roc_auc", codes, found.prediction, found.folds)
    assert loss == pytest.approx(best.loss, abs=1e-4)
    assert best.loss < 0.2
    assert best.peak_mb > 10
    assert [states[0]["trials"], states[-1]["trials"]] == [0, 2]
    progress = shop.store.read_json("shop/runs/r1/progress.json")
    assert progress == states[-1]
    assert progress["best"] == summary.best == 1 - best.loss
    assert progress["budget_seconds"] == 120
    assert 0 < progress["elapsed_seconds"] < 120


def test_a_killed_search_goes_on_without_losing_or_repeating_a_trial(shop):
    plan = shop.planned(trials=4)
    code = (
        "import sys, pathlib\n"
        "from automl_tasks.search import run_worker\n"
        "from automl_tasks.store import Store\n"
        "run_worker(Store(pathlib.Path(sys.argv[1])), 'shop', 'r1')"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(shop.store.root)], env=child_environment(1)
    )
    wait_for(lambda: trial_files(shop.store))
    family = psutil.Process(worker.pid).children(recursive=True)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    before = trial_files(shop.store)
    assert 0 < len(before) < 4 * plan.folds
    spent = shop.store.read_json("shop/runs/r1/spent/worker-0.json")["seconds"]

    summary = run_worker(shop.store, "shop", "r1")

    after = trial_files(shop.store)
    quick = {each.id for each in plan.configurations[:2]}
    assert quick < {name.split("/")[0] for name in after}
    assert {name: after[name] for name in before} == before
    assert summary.trials == 4
    assert summary.seconds > spent
    assert run_worker(shop.store, "shop", "r1").trials == 4
    assert trial_files(shop.store) == after


def test_two_workers_share_the_trials(shop):
    plan = shop.planned(trials=4)
    claimed = Ledger(shop.store, "shop/runs/r1").claim(plan.configurations[0].id, 0)
    with claimed as mine:
        assert mine
        summary = run_worker(shop.store, "shop", "r1", worker=1)
    assert summary.message == "other workers hold what is left"
    tried = {name.split("/")[0] for name in trial_files(shop.store)}
    assert len(tried) == 3
    assert plan.configurations[0].id not in tried


def test_a_budget_too_small_for_anything_still_gives_a_model(shop):
    shop.planned(minutes=0.001)
    summary = run_worker(shop.store, "shop", "r1")
    assert summary.best_trial.startswith("linear-")
    assert "too small" in summary.message
    assert summary.best > 0.6


def test_children_that_started_slowly_do_not_cost_the_search_their_time_twice(shop, monkeypatch):
    """As on a fresh machine, which reads all libraries from the disk."""

    class Cold(Crew):
        opening_seconds = property(lambda _: 11.0, lambda *_: None)

    def hire(store, plan, part):
        log = store.path(f"shop/runs/r1/logs/{part}.log")
        return Cold(1, threads=1, memory_gb=plan.memory_gb, log=log)

    monkeypatch.setattr("automl_tasks.search.worker.hire", hire)
    shop.planned(minutes=0.5)
    shop.store.write_json("shop/runs/r1/spent/worker-0.json", {"seconds": 11.0})
    assert run_worker(shop.store, "shop", "r1").trials == 3


def test_when_every_trial_fails_the_commonest_reasons_are_told(shop):
    plan = shop.planned(trials=2)
    wrong = {"learning_rate": "fast", "C": "big"}
    broken = [
        each.model_copy(update={"params": wrong, "wanted": wrong}) for each in plan.configurations
    ]
    shop.replan(plan, configurations=broken)
    with pytest.raises(SearchError, match=r"(?s)no trial gave a model.*ValueError.*run|budget"):
        run_worker(shop.store, "shop", "r1")
    reasons = [each.reason for each in Ledger(shop.store, "shop/runs/r1").trials()]
    assert len(reasons) == 3  # with the fallback's
    assert all(reasons)


def test_a_time_split_with_classes_that_come_late(shop, people):
    frame = people(200)
    frame["buys"] = ["yes" if at >= 100 and at % 3 == 0 else "no" for at in range(200)]
    plan = shop.planned(frame, trials=2, split="time")
    assert run_worker(shop.store, "shop", "r1").failed == 0
    found = Ledger(shop.store, "shop/runs/r1").out_of_fold(plan.configurations[0].id, range(4))
    assert found.rows.min() > 60
    assert found.prediction.shape == (len(found.rows), 2)
    assert np.isfinite(found.prediction).all()
