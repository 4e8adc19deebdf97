import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "anytime.py"
ROWS = 400


def write(folder, name, error, seed, fit=4.0):
    """A run on the test rows whose values miss the truth by `error` on average."""
    y = np.random.default_rng(0).normal(size=ROWS)
    prediction = y + np.random.default_rng(seed).normal(scale=error, size=ROWS)
    score = float(np.sqrt(np.mean((y - prediction) ** 2)))
    (folder / f"{name}.json").write_text(json.dumps({"score": score, "fit_s": fit, "error": None}))
    np.savez(folder / f"{name}.npz", y=y, prediction=prediction)


@pytest.fixture
def data(tmp_path):
    lines = "name,file,target,task,time_column\na_table,a.csv,y,regression,\n"
    (tmp_path / "catalog.csv").write_text(lines)
    for part in ("train", "test"):
        pd.DataFrame({"y": [0.0, 10.0]}).to_csv(tmp_path / f"a_table_s0_{part}.csv", index=False)
    write(tmp_path, "reference-lightgbm_a_table_s0", 1.0, seed=1)
    write(tmp_path, "reference-linear_a_table_s0", 1.5, seed=2)
    write(tmp_path, "nightshift_a_table_s0_5", 1.2, seed=3)
    write(tmp_path, "nightshift_a_table_s0_10", 0.5, seed=4, fit=11.0)
    return tmp_path


def report(folder, seconds="5,10,30"):
    command = [sys.executable, SCRIPT, "--data", folder, "--results", folder, "--out", folder]
    command += ["--sets", "a_table", "--seconds", seconds, "--only-report"]
    answer = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return (folder / "anytime.md").read_text()


def test_the_page_says_when_both_references_are_beaten_and_how_well_the_budget_was_kept(data):
    page = report(data)
    assert "- 5 s beats both references on 0 of 1 tables (0%)" in page
    assert "**10 s beats both references on 1 of 1 tables (100%)" in page
    assert "at most 1.10 x the budget" in page
    assert "1 pairs, 1 better beyond noise, 0 worse beyond noise" in page
    assert "Worse beyond noise" not in page
    assert "polyline" in (data / "anytime.svg").read_text()


def test_an_answer_that_is_worse_after_more_time_is_named(data):
    write(data, "nightshift_a_table_s0_30", 0.8, seed=5)
    page = report(data)
    assert "3 pairs, 2 better beyond noise, 1 worse beyond noise" in page
    assert "- a_table, seed 0: 30 s is" in page and "worse than 10 s" in page


def test_a_failed_run_counts_as_the_constant_predictor(data):
    (data / "nightshift_a_table_s0_30.json").write_text(json.dumps({"error": "killed"}))
    page = report(data)
    assert "| 5* |" in page  # the mean of 0 and 10 misses both by 5
    assert "30 s is" in page
