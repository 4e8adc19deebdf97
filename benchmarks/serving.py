"""How fast a package answers, and what limits on its time cost.

    .venv/bin/python benchmarks/serving.py [--csv FILE --target COLUMN] [--seconds 60]
        [--distilled MS] [--constraint] [--peers FOLDER] [--json OUT]

Without --csv the table is a made one of 30 columns: 18 numbers, 9 categories, 2 dates, a short
text; 20,000 rows to learn from and --rows others to predict. Times are of this process: rows a
second on all cores and on one, one raw row alone (p50, p99), one row through MLflow's pyfunc beside
a pyfunc of the same signature that does nothing, seconds to load. --distilled builds another
package under latency_ms_per_row MS, --constraint one under a tenth of the first one's latency.
--problems takes files in place of a table, for --constraint. --peers FOLDER has FLAML and AutoGluon
(high_quality) answer the same rows, each in FOLDER/NAME/bin/python.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speed.fitted import Delivered, deliver
from speed.limited import assessment_of, limited
from speed.made import TARGET, made_rows
from speed.peers import peer_times
from speed.timed import package_times

if TYPE_CHECKING:
    import pandas as pd

TENTH = 0.1


def main() -> int:
    options = arguments()
    with tempfile.TemporaryDirectory() as name:
        found = measure(options, Path(name))
    found["machine"] = (
        f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    )
    found["date"] = f"{datetime.now(UTC):%Y-%m-%d}"
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    show(found)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--target")
    parser.add_argument("--problems", type=Path, nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each search")
    parser.add_argument("--rows", type=int, default=100_000, help="to predict")
    parser.add_argument("--distilled", type=float, help="latency_ms_per_row of a small package")
    parser.add_argument("--constraint", action="store_true")
    parser.add_argument("--peers", type=Path, help="folder of their environments")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def measure(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"seconds": options.seconds}
    for path in options.problems:
        delivered = deliver_problem(path, scratch / path.stem, options.seconds)
        found.setdefault("constraint", {})[path.stem] = under_a_tenth(delivered)
    if options.problems:
        return found
    learned, asked, target = tables(options)
    delivered = deliver(learned, scratch / "ours", options.seconds, target=target)
    found["ours"] = package_times(delivered.folder, asked, scratch / "mlflow")
    found["ours"]["holdout"] = holdout(delivered)
    if options.distilled:
        small = limited(delivered, "distilled", latency_ms_per_row=options.distilled)
        found["distilled"] = package_times(small.folder, asked, scratch / "mlflow-small")
        found["distilled"]["holdout"] = holdout(small)
        found["distilled_notes"] = small.candidate.notes
    if options.constraint:
        found["constraint"] = {"table": under_a_tenth(delivered)}
    if options.peers:
        found |= peer_times(options.peers, (learned, asked), target, options.seconds, scratch)
    return found


def tables(options: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Rows to learn from, rows to predict, and the target; a small table is repeated."""
    import pandas as pd

    if options.csv is None:
        rows = made_rows(20_000 + options.rows)
        return rows.iloc[:20_000], rows.iloc[20_000:].drop(columns=TARGET), TARGET
    rows = pd.read_csv(options.csv, low_memory=False).dropna(subset=[options.target])
    asked = rows.drop(columns=options.target)
    times = -(-options.rows // len(asked))
    return rows, pd.concat([asked] * times, ignore_index=True)[: options.rows], options.target


def deliver_problem(path: Path, folder: Path, seconds: float) -> Delivered:
    from automl_tasks.problem import load_problem

    return deliver(load_problem(path), folder, seconds)


def holdout(delivered: Delivered) -> float:
    """The run's metric on its holdout."""
    return assessment_of(delivered).metrics[delivered.plan.metric].value


def under_a_tenth(delivered: Delivered) -> dict[str, Any]:
    """The candidate without limits, and the one that may take a tenth of its time."""
    free = assessment_of(delivered)
    small = limited(delivered, "tenth", latency_ms_per_row=TENTH * free.latency_ms_per_row)
    kept = assessment_of(small)
    front = small.candidate.front
    return {
        "metric": delivered.plan.metric,
        "free": {"holdout": holdout(delivered), "ms_per_row": free.latency_ms_per_row},
        "tenth": {"holdout": holdout(small), "ms_per_row": kept.latency_ms_per_row},
        "limit": TENTH * free.latency_ms_per_row,
        "chosen": next((point.name for point in front if point.chosen), None),
        "front": [point.model_dump() for point in front],
        "notes": small.candidate.notes,
    }


def show(found: dict[str, Any]) -> None:
    for name, times in found.items():
        if isinstance(times, dict) and name != "constraint":
            print(name, {key: float(f"{value:.4g}") for key, value in times.items()})
    for name, each in found.get("constraint", {}).items():
        print(name, each["metric"], each["free"], each["tenth"], each["chosen"])
        for point in each["front"]:
            print(f"    {point['loss']:.5f} {point['ms_per_row']:.5f} ms  {point['name']}")


if __name__ == "__main__":
    sys.exit(main())
