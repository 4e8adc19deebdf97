import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "peer_entry.py"


def table(rows, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "kind": rng.choice(["a", "NA"], rows)})
    signal = frame["x"] + (frame["kind"] == "NA") + rng.normal(scale=0.3, size=rows)
    return frame.assign(bought=np.where(signal > 0.5, "yes", "no"))


def run(folder, *arguments):
    out = folder / "out.json"
    command = [sys.executable, str(SCRIPT), *map(str, arguments), str(out)]
    kept = os.environ | {"PEER_PREDICTIONS": str(folder / "out.npz")}
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=kept)
    return answer, json.loads(out.read_text())


def test_a_run_says_how_good_and_how_dear_it_was(tmp_path):
    table(300, 0).to_csv(tmp_path / "train.csv", index=False)
    table(200, 1).to_csv(tmp_path / "test.csv", index=False)
    arguments = [tmp_path / "train.csv", tmp_path / "test.csv", "bought", "binary", 3]
    answer, result = run(tmp_path, *arguments)
    assert answer.returncode == 0, answer.stderr
    assert result["error"] is None
    assert result["metric_name"] == "roc_auc"
    assert 0.9 < result["score"] < 1
    assert 0 < result["accuracy"] < 1 and result["log_loss"] > 0
    assert result["fit_s"] > 0 and result["predict_s"] > 0 and result["startup_s"] > 0
    assert result["over_budget"] == pytest.approx(result["fit_s"] / 3, abs=0.01)
    assert result["peak_rss_mb"] > 50
    assert result["wall_s"] >= result["fit_s"] + result["predict_s"]
    with np.load(tmp_path / "out.npz") as kept:
        right = kept["prediction"].argmax(axis=1) == kept["y"]
    assert right.mean() == pytest.approx(result["accuracy"])


def test_a_failure_is_written_down(tmp_path):
    table(30, 0).to_csv(tmp_path / "train.csv", index=False)
    arguments = [tmp_path / "train.csv", tmp_path / "train.csv", "sold", "binary", 3]
    answer, result = run(tmp_path, *arguments)
    assert answer.returncode == 1
    assert "sold" in result["error"]
    assert result["score"] is None
    assert result["peak_rss_mb"] > 0
