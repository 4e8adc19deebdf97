import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "monitoring.py"
FIELDS = {"policy", "delay", "metric", "retrains", "gain_share", "seconds"}
ROWS, COUNT, CHANGE = 80, 20, 11  # of a window, windows, and the one with which it changes


def run(*arguments):
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def stream(tmp_path_factory):
    """Rows of which a column says yes, until it says no."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS * COUNT, 2)).round(4)
    sign = np.where(np.arange(len(x)) < ROWS * CHANGE, 1, -1)
    yes = sign * x[:, 0] + rng.normal(scale=0.5, size=len(x)) > 0
    path = tmp_path_factory.mktemp("stream") / "switch.csv"
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": np.where(yes, "yes", "no")})
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def outcome(stream):
    """What the command wrote: records by policy, and the folder of its page."""
    folder = stream.parent / "out"
    said = run("--csv", stream, "--target", "y", "--task", "binary", "--window", ROWS,
               "--delays", "0", "--json", folder.with_suffix(".json"), "--out", folder,
               "--without-online")  # fmt: skip
    assert said.returncode == 0, said.stderr
    records = json.loads(folder.with_suffix(".json").read_text())
    return {each["policy"]: each for each in records}, folder


def test_every_policy_has_a_record(outcome):
    found, _ = outcome
    assert set(found) == {"never", "always", "ours", "calendar", "random"}
    for each in found.values():
        assert set(each) >= FIELDS
        assert each["delay"] == 0
        assert 0 < each["metric"] < 1
        assert each["seconds"] > 0
    served = COUNT - COUNT // 5
    assert (found["never"]["retrains"], found["always"]["retrains"]) == (0, served - 1)
    assert (found["never"]["gain_share"], found["always"]["gain_share"]) == (0, 1)
    for policy in ("calendar", "random"):
        assert found[policy]["retrains"] == found["ours"]["retrains"]


def test_ours_answers_the_change_and_is_better_than_never(outcome):
    found, _ = outcome
    ours = found["ours"]
    assert 1 <= ours["retrains"] < found["always"]["retrains"]
    assert ours["metric"] > found["never"]["metric"] + 0.1
    assert ours["gain_share"] > 0.5
    assert ours["metric"] > found["random"]["metric"]


def test_the_page_has_a_line_for_each_policy_and_a_picture_beside_it(outcome):
    found, folder = outcome
    page = (folder / "retraining.md").read_text()
    assert all(policy in page for policy in found)
    picture = (folder / "retraining_switch.svg").read_text()
    assert picture.startswith("<svg")


@pytest.mark.parametrize(
    ("file", "more", "message"),
    [
        ("switch.csv", [], "--csv needs --target, --task and --window"),
        ("none.csv", ["--task", "binary", "--window", 99], "none.csv: no such file"),
        ("switch.csv", ["--task", "binary", "--window", 999], "fewer than five windows of 999"),
        (
            "switch.csv",
            ["--task", "binary", "--window", 99, "--delays", "a"],
            "--delays takes whole numbers, got 'a'",
        ),
        (
            "switch.csv",
            ["--task", "binary", "--window", ROWS, "--delays", "0,15"],
            "labels 15 windows late come after the last of its 20 windows; a delay of at most 14 "
            "lets a model learn from any",
        ),
    ],
)
def test_what_is_missing_is_one_clear_error(stream, file, more, message):
    said = run("--csv", stream.with_name(file), "--target", "y", *more)
    assert said.returncode != 0
    assert said.stderr.strip().endswith(message)
    assert "Traceback" not in said.stderr


def test_an_unknown_target_is_named(stream):
    said = run("--csv", stream, "--target", "z", "--task", "binary", "--window", 99)
    assert said.returncode != 0
    assert "has no column 'z'; there are" in said.stderr


@pytest.fixture
def replay(monkeypatch):
    """The modules that the command is made of."""
    monkeypatch.syspath_prepend(SCRIPT.parent)
    return importlib.import_module


def test_the_study_tells_both_rates_with_their_intervals(replay):
    alarms = replay("replay.stationary").Alarms
    counted = [
        alarms("calm", checks=78, retrains=2, false=0, risen=0),
        alarms("wild", checks=22, retrains=1, false=1, risen=0),
    ]
    table = replay("replay.report").studies(counted, []).splitlines()
    calm = "| calm | 78 | 2 | 2.6 (0.3 to 9.0) | 0 | 0.0 (0.0 to 4.6) | 0 | 0.0 (0.0 to 4.6) |"
    every = "| **all** | 100 | 3 | 3.0 (0.6 to 8.5) | 1 | 1.0 (0.0 to 5.4) | 0 | 0.0 (0.0 to 3.6) |"
    assert (table[2], table[4]) == (calm, every)


def test_streams_of_the_study_are_counted_and_changes_are_found(replay, monkeypatch):
    stationary = replay("replay.stationary")
    monkeypatch.setattr(stationary, "_COUNT", 24)
    for kind in stationary.KINDS:
        stream, X, y = stationary.stationary(kind, 0)
        assert (stream.count, len(X), len(y)) == (24, 6000, 6000)
    found = stationary.count_alarms("independent", 0)
    assert (found.checks, found.false) == (3, 0)
    changed, at = stationary.changing("concept", 1)
    assert changed.first < at < changed.count - 10


def test_the_product_s_test_says_that_a_loss_has_risen_after_the_change_and_not_before(replay):
    stream, at = replay("replay.stationary").changing("concept", 1)
    learner = replay("replay.learner").Learner(stream, {"num_leaves": 15, "max_bin": 63})
    risen = replay("replay.loss_test").risen(learner)
    assert at <= risen[0] <= at + 2


@pytest.mark.parametrize(
    ("classes", "columns"), [(0, ["a"]), (0, ["a", "b"]), (2, ["a", "b"]), (3, ["a", "b"])]
)
def test_an_online_forest_learns_what_is_known_and_no_more(replay, classes, columns):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=600), "b": pd.Categorical(rng.choice(["x", "y"], 600))})
    X = X[columns]
    sign = np.where(np.arange(600) < 300, 1, -1)  # what is learned before is wrong then
    y = np.digitize(sign * X["a"], [0.0, 0.7][: classes - 1]) if classes else sign * X["a"]
    stream = replay("replay.stream").cut("switch", X, np.asarray(y), classes, 60, 5)

    def metric(delay):
        found = replay("replay.online").online_forest(stream, delay, never=0.0, always=1.0)
        assert (found.policy, found.delay, found.retrains) == ("adaptive random forest", delay, 0)
        return found.metric

    soon, late = metric(0), metric(9)
    assert soon > late + 0.1 if classes == 2 else soon < late - 0.1
