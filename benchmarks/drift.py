"""What the last search is worth when a known problem has drifted and is searched again.

    .venv/bin/python benchmarks/drift.py [--first 300] [--cold 300] [--warm 60] [--out FILE.json]
        [--problem bike_sharing] [--stream CSV TARGET TIME TASK]

A first search sees an early part of a stream. Then the stream moves on, and a later window is
searched by three runs: a long cold one in a new store, a short cold one in a new store, and a short
warm one in the store of the first. All are judged by the newest fold of the window, which the
ensemble is selected on, and by the block of rows that follows the window and that nobody has seen.
The curve of a run is the ensemble of the models that were trained on the newest fold by then, so
that runs are compared on the same rows after each second. TIME may be - where the rows are in
order. Without --problem and --stream, the two samples in the order of time are the streams.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from progression import Point, progression, reached
from streams import SAMPLES, Part, Stream, given, sample

from automl_tasks.features import TargetCodec
from automl_tasks.search import SavedCandidate, build_candidate, make_plan, run_worker, score
from automl_tasks.search.assembly import trial_weights
from automl_tasks.store import Store

EARLY, WINDOW, BLOCK = Part(0.0, 0.45), Part(0.4, 0.85), Part(0.85, 1.0)
SHOWN = 8  # points of a curve


@dataclass(frozen=True)
class Outcome:
    """One search.

    Attributes
    ----------
    seconds, trials
        Of the whole run, plan to candidate.
    fold
        Last of the curve; None where the budget was too small for a trial.
    block
        Of the candidate as it would be delivered.
    models
        Weights of the candidate's trials.
    """

    name: str
    metric: str
    budget: float
    seconds: float
    trials: int
    fold: float | None
    block: float
    models: dict[str, float]
    notes: list[str]
    curve: list[Point]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--first", type=float, default=300, help="seconds of the first search")
    parser.add_argument("--cold", type=float, default=300, help="seconds of the long cold search")
    parser.add_argument("--warm", type=float, default=60, help="seconds of the two short ones")
    parser.add_argument("--problem", action="append", choices=SAMPLES, default=[])
    parser.add_argument(
        "--stream", nargs=4, action="append", metavar=("CSV", "TARGET", "TIME", "TASK"), default=[]
    )
    parser.add_argument("--out", type=Path, help="JSON file")
    options = parser.parse_args()
    streams = [sample(name) for name in options.problem] + list(map(given, options.stream))
    found = []
    for stream in streams or map(sample, SAMPLES):
        found.append(measure(stream, options))
        print("\n".join(lines(found[-1])), flush=True)
        if options.out:
            options.out.write_text(json.dumps(found, indent=1))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return 0


def measure(stream: Stream, options: argparse.Namespace) -> dict[str, Any]:
    """All four searches of a stream."""
    with tempfile.TemporaryDirectory() as folder:
        known, new, other = (Store(Path(folder) / name) for name in ("known", "new", "other"))
        block = stream.frame(BLOCK, Store(Path(folder) / "block"))
        first = searched(stream, known, "first", EARLY, block, options.first)
        cold = searched(stream, new, "cold", WINDOW, block, options.cold)
        short = searched(stream, other, "cold_short", WINDOW, block, options.warm)
        warm = searched(stream, known, "warm", WINDOW, block, options.warm)
    return {
        "stream": stream.problem.name,
        "metric": first.metric,
        "rows": len(WINDOW.of(stream.rows)),
        "block_rows": len(block),
        "reached_s": {each.name: seconds_to(cold, each) for each in (cold, short, warm)},
        "runs": [asdict(each) for each in (first, cold, short, warm)],
    }


def searched(
    stream: Stream, store: Store, run: str, part: Part, block: pd.DataFrame, budget: float
) -> Outcome:
    """Search a part of a stream within so many seconds."""
    problem = stream.problem
    snapshot = stream.snapshot(part, store)
    started = time.time()
    plan = make_plan(problem, store, snapshot, run, minutes=budget / 60)
    summary = run_worker(store, problem.name, run)
    candidate = build_candidate(store, problem.name, run)
    seconds = time.time() - started
    model = SavedCandidate(store.path(f"{problem.name}/runs/{run}/candidate"), candidate)
    truth = TargetCodec.from_state(plan.target).encode(block[problem.target])
    curve = progression(store, plan, block, started)
    return Outcome(
        name=run,
        metric=plan.metric,
        budget=budget,
        seconds=round(seconds, 1),
        trials=summary.trials,
        fold=curve[-1].fold if curve else None,
        block=score(plan.measure, truth, model.predict(block)),
        models=trial_weights(candidate.members),
        notes=[note for note in plan.notes if note.startswith("starts from")],
        curve=curve,
    )


def seconds_to(goal: Outcome, run: Outcome) -> dict[str, float | None]:
    """When a run was as good as another one at its end, on the fold and on the block."""
    if not goal.curve:
        return {"fold": None, "block": None}
    last, metric = goal.curve[-1], goal.metric
    return {
        "fold": reached(run.curve, last.fold, metric, "fold"),
        "block": reached(run.curve, last.block, metric, "block"),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The results of a stream as a person reads them."""
    said = [
        "",
        f"{found['stream']}: {found['metric']}, {found['rows']:,} rows, "
        f"then a block of {found['block_rows']:,}",
        f"{'search':<12}{'budget':>8}{'took':>8}{'trials':>8}{'newest fold':>13}{'block':>11}"
        f"{'as good as cold after':>24}",
    ]
    for run in found["runs"]:
        at = found["reached_s"].get(run["name"])
        reach = f"{shown(at['fold'])} fold, {shown(at['block'])} block" if at else ""
        said.append(
            f"{run['name']:<12}{run['budget']:>7.0f}s{run['seconds']:>7.1f}s{run['trials']:>8}"
            f"{run['fold'] or math.nan:>13.5g}{run['block']:>11.5g}{reach:>24}"
        )
    warm = found["runs"][-1]
    said += [*warm["notes"], "warm, second by second:"]
    step = max(1, -(-len(warm["curve"]) // SHOWN))
    for point in warm["curve"][::-step][::-1]:
        said.append(
            f"{point['seconds']:>8.1f}s {point['trials']:>4} trials"
            f"{point['fold']:>13.5g}{point['block']:>11.5g}"
        )
    return said


def shown(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
