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
