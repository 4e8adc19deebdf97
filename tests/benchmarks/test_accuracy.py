import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "accuracy.py"


def write(folder, name, task, score, **more):
    content = {"task": task, "score": score, "fit_s": 30, "predict_s": 0.5, "peak_rss_mb": 400}
    (folder / name).write_text(json.dumps(content | more))


@pytest.fixture
def results(tmp_path):
    """Three systems on two tables, one run failed; of a third table one system is missing."""
    folder = tmp_path / "results"
    folder.mkdir()
    write(folder, "nightshift_a_table_s0_60.json", "binary", 0.9)
    write(folder, "slow_a_table_s0_60.json", "binary", 0.9, fit_s=90)
    write(folder, "weak_a_table_s0_60.json", "binary", 0.6)
    write(folder, "nightshift_prices_s0_60.json", "regression", 2.0)
    write(folder, "slow_prices_s0_60.json", "regression", 3.0)
    (folder / "weak_prices_s0_60.json").write_text('{"error": "wrote no result"}')
    write(folder, "nightshift_third_s0_60.json", "binary", 0.1)
    pd.DataFrame({"price": [0.0, 10.0]}).to_csv(folder / "prices_s0_train.csv", index=False)
    pd.DataFrame({"price": [1.0, 9.0]}).to_csv(folder / "prices_s0_test.csv", index=False)
    (tmp_path / "catalog.csv").write_text("name,target\nprices,price\n")
    return folder


def run(*arguments):
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def cells(page, first):
    line = next(line for line in page.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_ranks_losses_and_failures_are_those_of_the_comparison(results, tmp_path):
    answer = run(results, "--data", tmp_path, "--out", tmp_path / "docs")
    assert answer.returncode == 0, answer.stderr
    page = (tmp_path / "docs" / "accuracy.md").read_text()
    # Of two tables: a tie for the first rank and a win; the constant predictor's RMSE is 4.
    assert cells(page, "**nightshift**")[1:5] == ["1.25", "0.000", "1", "0"]
    assert cells(page, "slow")[1:7] == ["1.75", "0.250", "0", "0", "1.00", "1.50"]
    assert cells(page, "weak")[1:5] == ["3.00", "1.000", "0", "1"]
    assert cells(page, "prices") == ["prices", "RMSE", "**2**", "3", "4*"]
    assert "third" not in page
    picture = (tmp_path / "docs" / "accuracy.svg").read_text()
    assert picture.startswith("<svg") and "3.00" in picture and "nightshift" in picture


def test_a_failure_without_the_data_says_what_is_missing(results, tmp_path):
    answer = run(results, "--out", tmp_path / "docs")
    assert answer.returncode != 0
    assert "--data" in answer.stderr


def test_a_multiclass_failure_scores_the_class_shares(tmp_path):
    write(tmp_path, "nightshift_kinds_s0_60.json", "multiclass", 0.1)
    (tmp_path / "weak_kinds_s0_60.json").write_text('{"error": "killed"}')
    for part, kinds in (("train", ["a", "a", "a", "b"]), ("test", ["a", "b"])):
        path = tmp_path / f"kinds_s0_{part}.csv"
        pd.DataFrame({"kind": kinds}).to_csv(path, index=False)
    (tmp_path / "catalog.csv").write_text("name,target\nkinds,kind\n")
    assert run(tmp_path, "--data", tmp_path, "--out", tmp_path).returncode == 0
    expected = -(np.log(0.75) + np.log(0.25)) / 2
    assert f"{expected:.5g}*" in (tmp_path / "accuracy.md").read_text()
