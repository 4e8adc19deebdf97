"""Kill a search at random moments and see that nothing finished is lost or done twice.

    .venv/bin/python benchmarks/kills.py [--kills 20] [--seed 0]

A search of the sample problem credit_g runs in a process of its own, which gets SIGKILL after a
random time, again and again, and is started again each time. After each kill every fold that was
finished must still be there, the very same files.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from automl_tasks.ingest import take_snapshot
from automl_tasks.problem import load_problem
from automl_tasks.search import build_candidate, make_plan
from automl_tasks.store import Store

PROBLEM = Path(__file__).resolve().parents[1] / "dags" / "problems" / "credit_g.yaml"
WORKER = (
    "import sys, pathlib; from automl_tasks.search import run_worker; "
    "from automl_tasks.store import Store; "
    "print(run_worker(Store(pathlib.Path(sys.argv[1])), 'credit_g', 'r').message)"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        problem = load_problem(PROBLEM)
        # No more minutes than the kills need: a killed search goes on with what it had left.
        plan = make_plan(problem, store, take_snapshot(problem, store).id, "r", minutes=10)
        seen: dict[str, tuple[int, int]] = {}
        for kill in range(1, options.kills + 1):
            worker = subprocess.Popen([sys.executable, "-c", WORKER, folder])
            time.sleep(moments.uniform(1.0, 9.0))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            found = folds(store)
            lost = [name for name, written in seen.items() if found.get(name) != written]
            print(
                f"kill {kill}: {len(found)} folds finished, {len(lost)} lost or repeated",
                flush=True,
            )
            if lost:
                return 1
            seen = found
        candidate = build_candidate(store, problem.name, plan.run)
        print(
            f"candidate of {len(candidate.members)} models, {plan.metric} {candidate.oof_score:.4f}"
        )
    return 0


def folds(store: Store) -> dict[str, tuple[int, int]]:
    """Inode and writing time of each finished fold."""
    paths = store.path("credit_g/runs/r/trials").glob("*/*/manifest.json")
    return {
        f"{path.parts[-3]}/{path.parts[-2]}": (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in paths
    }


if __name__ == "__main__":
    sys.exit(main())
