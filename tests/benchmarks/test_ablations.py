import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "ablations.py"


def part(kind, name, base, loss, verdict):
    return {"kind": kind, "name": name, "metric": "rmse", "base": base, "loss": loss} | {
        "verdict": verdict,
        "trained": 0.5,
        "predict": 0.25,
    }


def write(folder, table, seed, *parts, **searches):
    about = {"table": table, "seed": seed, "seconds": 60, "metric": "rmse", "loss": 1.0}
    about |= {"rows": 100, "held_out": 33, "trials": 4, "folds": 20, "members": 2}
    content = about | {"parts": parts, "searches": searches}
    (folder / f"{table}_s{seed}_60.json").write_text(json.dumps(content))


def test_changes_are_geometric_means_over_tables_whose_seeds_are_averaged_first(tmp_path):
    lines = "name,file,target,task,time_column\none,a.csv,y,regression,\ntwo,b.csv,y,regression,\n"
    (tmp_path / "catalog.csv").write_text(lines)
    repeat = part("search", "repeat", 1.0, 1.0, "equal")
    trees = part("without", "trees", 1.0, 4.0, "worse")
    write(tmp_path, "one", 0, trees, part("with", "stack", 1.0, 0.5, "better"), repeat=repeat)
    write(tmp_path, "one", 1, part("without", "trees", 1.0, 1.0, "equal"))
    write(tmp_path, "two", 0, part("without", "trees", 2.0, 1.0, "better"))
    write(tmp_path, "two", 1, part("without", "trees", 1.0, 0.5, "equal"))
    command = [sys.executable, SCRIPT, "--data", tmp_path, "--results", tmp_path]
    command += ["--out", tmp_path, "--sets", "one,two", "--seeds", "0,1"]
    answer = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    page = (tmp_path / "ablations.md").read_text()
    # One table doubles its loss in the mean of two seeds, the other halves it.
    found = "| trees | 1 / 1 of 2 [1 / 1] | +0.00% (-50.00% to +100.00%) | 50% | x 0.25 |"
    assert found in page
    assert "| stack | 1 / 0 of 1 [1 / 0] | -50.00%" in page
    assert "| nothing (the same search again) | 0 / 0 of 1 [0 / 0] | +0.00%" in page
    assert "| without trees | +100.0 | -50.0 |" in page
