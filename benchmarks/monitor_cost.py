"""What one check of the monitor costs on a large table.

    .venv/bin/python benchmarks/monitor_cost.py [--rows 1000000] [--columns 50] [--minutes 0.5]

Nine tenths of the rows arrive, a short search makes a champion, the last tenth arrives and is
predicted. Then `nightshift monitor` runs in a process of its own, whose seconds of CPU and largest
memory are measured together with those of its children. The table in memory is what pandas holds.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

CATEGORIES = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=0.5, help="of the search")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        problem = write_problem(home)
        frame = table(options.rows, options.columns)
        known = frame.memory_usage(deep=True).sum() / 2**20
        first = int(0.9 * options.rows)
        arrive(home, frame.iloc[:first], 0)
        for stage in ("prepare", "search", "promote"):
            extra = ["--minutes", str(options.minutes)] if stage == "search" else []
            run(home, stage, problem, *extra)
        arrive(home, frame.iloc[first:], 1)
        del frame
        for stage in ("prepare", "score"):
            run(home, stage, problem)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        peak = run(home, "monitor", problem, "--no-report")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(
            f"{options.rows:,} x {options.columns}: {cpu:.0f} s CPU, "
            f"{time.monotonic() - started:.0f} s wall, peak {peak:,.0f} MB, "
            f"{peak / known:.1f} times the table's {known:,.0f} MB"
        )
    return 0


def table(rows: int, columns: int) -> pd.DataFrame:
    """Numbers and a few categories, hourly."""
    rng = np.random.default_rng(0)
    data: dict[str, object] = {"time": pd.date_range("2000-01-01", periods=rows, freq="min")}
    numbers = rng.normal(size=(rows, columns - CATEGORIES))
    data |= {f"n{i}": numbers[:, i] for i in range(numbers.shape[1])}
    data |= {f"c{i}": rng.choice(list("abcdefgh"), rows) for i in range(CATEGORIES)}
    data["y"] = numbers[:, 0] + np.sin(numbers[:, 1]) + rng.normal(size=rows)
    return pd.DataFrame(data)


def write_problem(home: Path) -> Path:
    (home / "inbox").mkdir()
    path = home / "large.yaml"
    path.write_text(
        f"name: large\nsource: {{path: {home / 'inbox'}}}\ntarget: y\ntime: time\nid: [time]\n"
        "budget: {memory_gb: 8}\n"
    )
    return path


def arrive(home: Path, frame: pd.DataFrame, number: int) -> None:
    frame.to_parquet(home / "inbox" / f"{number}.parquet", index=False)


def run(home: Path, *arguments: object) -> float:
    """Run a command; returns the largest memory of it and its children together, in MB."""
    environment = os.environ | {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_STORE": str(home / "s")}
    command = [sys.executable, "-m", "automl_tasks", *map(str, arguments)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak = 0.0

    def watch() -> None:
        nonlocal peak
        parent = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                family = [parent, *parent.children(recursive=True)]
                peak = max(peak, sum(each.memory_info().rss for each in family) / 2**20)
            except psutil.Error:
                pass
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    watcher.join()
    if code:
        sys.exit(f"{' '.join(map(str, arguments))} failed with exit code {code}")
    return peak


if __name__ == "__main__":
    sys.exit(main())
