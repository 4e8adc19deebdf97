"""What recorded results are worth to a new search: cold against warm, leave-one-table-out.

    python benchmarks/warmstart.py --meta FOLDER [--every 1] [--json FILE]

FOLDER holds ``oboe``, ``pmf_features`` and ``yahpo`` (docs/meta-learning.md says what they are).
Regret is 0 at the best configuration known for a table and 1 at the median one, means over the
tables. LCBench needs onnxruntime, and Optuna for its lines with TPE; neither is a dependency of
the product. Exits 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from surfaces import lcbench, oboe

OBOE_LIMIT = 0.18  # mean regret after 10 s of recorded time
LCBENCH_LIMIT = 0.35  # after 4 full trainings
LCBENCH_TABLES, LCBENCH_SEEDS = 3, 2  # every third table, each twice


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meta", type=Path, required=True)
    parser.add_argument("--only", choices=("oboe", "lcbench"))
    parser.add_argument("--every", type=int, default=1, help="take every n-th table only")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results: dict[str, Any] = {}
    if options.only != "lcbench":
        results["oboe"] = shown(run_oboe(options.meta, options.every))
    if options.only != "oboe" and available("onnxruntime", "LCBench"):
        results["lcbench"] = shown(run_lcbench(options.meta, options.every))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0 if all(each["kept"] for each in results.values()) else 1


def run_oboe(folder: Path, every: int) -> dict[str, Any]:
    surface = oboe.load(folder)
    tables = surface.interesting()[::every]
    start = time.process_time()
    curves = {
        name: np.array([method(surface, int(table)) for table in tables])
        for name, method in oboe.METHODS.items()
    }
    means = {name: each.mean(axis=0).tolist() for name, each in curves.items()}
    return {
        "title": f"OBOE, {len(tables)} tables; mean regret after seconds of recorded time",
        "checkpoints": oboe.CHECKPOINTS,
        "means": means,
        "cpu_seconds": time.process_time() - start,
        "kept": bool(means["ours"][oboe.CHECKPOINTS.index(10)] <= OBOE_LIMIT),
        "limit": f"ours at most {OBOE_LIMIT} after 10 s",
    }


def run_lcbench(folder: Path, every: int) -> dict[str, Any]:
    surface = lcbench.Surface(folder)
    tables = surface.tables[::LCBENCH_TABLES][::every]
    start = time.process_time()
    errors = {
        name: np.array(
            [
                [lcbench.curve(surface, table, name, seed) for seed in range(LCBENCH_SEEDS)]
                for table in tables
            ]
        )
        for name in lcbench.METHODS
        if "TPE" not in name or available("optuna", name)
    }
    means = {
        name: each.mean(axis=(0, 1)).tolist() for name, each in regrets(surface, tables, errors)
    }
    return {
        "title": f"LCBench, {len(tables)} tables, {LCBENCH_SEEDS} seeds; mean regret after full "
        "trainings",
        "checkpoints": lcbench.CHECKPOINTS,
        "means": means,
        "cpu_seconds": time.process_time() - start,
        "kept": bool(means["forest, warm (ours)"][lcbench.CHECKPOINTS.index(4)] <= LCBENCH_LIMIT),
        "limit": f"warm at most {LCBENCH_LIMIT} after 4 trainings",
    }


def regrets(
    surface: lcbench.Surface, tables: Sequence[str], errors: Mapping[str, np.ndarray]
) -> list[tuple[str, np.ndarray]]:
    """Normalised by the best error that any method or the recorded pool reached on a table."""
    at = [surface.tables.index(table) for table in tables]
    found = np.min([each.min(axis=(1, 2)) for each in errors.values()], axis=0)
    best = np.minimum(found, surface.losses[at].min(axis=1))[:, None, None]
    median = np.median(surface.losses[at], axis=1)[:, None, None]
    return [
        (name, np.clip((each - best) / np.maximum(median - best, 1e-9), 0.0, 3.0))
        for name, each in errors.items()
    ]


def available(package: str, what: str) -> bool:
    if importlib.util.find_spec(package):
        return True
    print(f"{what}: left out, {package} is not installed")
    return False


def shown(result: dict[str, Any]) -> dict[str, Any]:
    print(f"\n{result['title']} ({result['cpu_seconds']:.0f} s of a core)")
    print(f"{'':24}" + "".join(f"{each:>8}" for each in result["checkpoints"]))
    for name, values in result["means"].items():
        print(f"{name:24}" + "".join(f"{each:8.3f}" for each in values))
    print(f"{result['limit']}: {'kept' if result['kept'] else 'MISSED'}", flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
