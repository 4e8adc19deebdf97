"""When to retrain: policies replayed on streams, and the studies of false alarms and delay.

    .venv/bin/python benchmarks/monitoring.py --csv FILE --target T --task binary --window ROWS
        [--delays 0,1,4] [--json OUT] [--out FOLDER] [--without-online]
    .venv/bin/python benchmarks/monitoring.py --data DIR [--sets elec2,…] [--json OUT] [--out DIR]
    .venv/bin/python benchmarks/monitoring.py --study [--seeds 4] [--jobs 2] [--json OUT]
        [--out DIR]

The rows of FILE are in the order of time and are cut into windows of ROWS. The first fifth of the
windows trains the first model; then each window is predicted by the model that a policy keeps, and
its labels come DELAY windows after its end. A retrain is LightGBM with its defaults on all rows
that are known by then, so only the moments differ: never, always, on a calendar or by chance as
often as ours (means of five phases and seeds), and ours: the rule of the product's monitor. Beside
them river's adaptive random forest, which learns every row. OUT gets a record per policy and delay;
--out writes retraining.md and a picture per stream.

The study replays SEEDS streams of each kind in which nothing changes, 39 checks each, and twice as
many of each kind of change; --out writes retraining_studies.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from replay.learner import Learner
from replay.online import online_forest
from replay.report import page, studies, timeline
from replay.run import Outcome, compare
from replay.stationary import KINDS, Alarms, Found, count_alarms, delay_of
from replay.stream import Windows, read_windows

STREAMS = {  # name: file, target, task, rows of a window
    "elec2": ("elec2.csv.gz", "class", "binary", 336),
    "noaa_weather": ("noaa_weather.csv.gz", "rain", "binary", 365),
    "bike_sharing_hour": ("bike_sharing_hour.csv.gz", "cnt", "regression", 168),
    "beijing_pm25": ("beijing_pm25.csv.gz", "pm2.5", "regression", 720),
    "bank_marketing": ("bank_marketing.csv.gz", "y", "binary", 500),
    "room_occupancy": ("room_occupancy.csv.gz", "Occupancy", "binary", 360),
    "hotel_rates": ("hotel_rates.csv.gz", "avg_price_per_room", "regression", 250),
}
CHANGES = ("concept", "unused column")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--target")
    parser.add_argument("--task", choices=("binary", "multiclass", "regression"))
    parser.add_argument("--window", type=int, help="rows")
    parser.add_argument("--data", type=Path, help="folder of the development streams")
    parser.add_argument("--sets", default=",".join(STREAMS), help="names, separated by commas")
    parser.add_argument("--delays", default="0,1,4", help="windows, separated by commas")
    parser.add_argument("--without-online", action="store_true", help="no adaptive random forest")
    parser.add_argument("--study", action="store_true", help="false alarms and delays")
    parser.add_argument("--seeds", type=int, default=4, help="of the study: streams of a kind")
    parser.add_argument("--jobs", type=int, default=2, help="of the study: processes")
    parser.add_argument("--json", type=Path, help="file for the records")
    parser.add_argument("--out", type=Path, help="folder for retraining.md and pictures")
    options = parser.parse_args()
    if options.study:
        return study(options)
    outcomes: list[Outcome] = []
    pictures: dict[str, str] = {}
    replayed = streams(options, parser)
    delays = [int(delay) for delay in options.delays.split(",")]
    for stream in replayed:
        check_delay(stream, max(delays))
    for stream in replayed:
        learner = Learner(stream)
        for delay in delays:
            found = compare(learner, delay)
            if not options.without_online:
                named = {each.policy: each.metric for each in found}
                found.append(online_forest(stream, delay, named["never"], named["always"]))
            outcomes += found
            for each in found:
                print(json.dumps(each.record()), flush=True)
        pictures[stream.name] = timeline(learner, delay=0)
        write(outcomes, options.json)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "retraining.md").write_text(page(outcomes))
        for name, picture in pictures.items():
            (options.out / f"retraining_{name}.svg").write_text(picture)
    return 0


def streams(options: argparse.Namespace, parser: argparse.ArgumentParser) -> list[Windows]:
    """The stream of --csv, or the development streams."""
    for delay in options.delays.split(","):
        if not delay.isdigit():
            parser.error(f"--delays takes whole numbers, got {delay!r}")
    if options.csv:
        if not (options.target and options.task and options.window):
            parser.error("--csv needs --target, --task and --window")
        if not options.csv.exists():
            sys.exit(f"{options.csv}: no such file")
        return [read_windows(options.csv, options.target, options.task, options.window)]
    if not options.data:
        parser.error("name a stream (--csv), the folder of the streams (--data), or --study")
    unknown = set(options.sets.split(",")) - set(STREAMS)
    if unknown:
        parser.error(f"unknown streams: {', '.join(sorted(unknown))}")
    chosen = [STREAMS[name] for name in options.sets.split(",")]
    return [read_windows(options.data / file, *rest) for file, *rest in chosen]


def check_delay(stream: Windows, delay: int) -> None:
    """Refuse labels that come too late for any retrain."""
    longest = stream.count - stream.first - 2
    if delay > longest:
        sys.exit(
            f"{stream.name}: labels {delay} windows late come after the last of its "
            f"{stream.count} windows; a delay of at most {longest} lets a model learn from any"
        )


def study(options: argparse.Namespace) -> int:
    """False alarms where nothing changes, and how soon a change is answered."""
    # Kinds that take long are asked for first, so that no process waits for the last of them.
    asked = [(count_alarms, kind, seed) for kind in KINDS[::-1] for seed in range(options.seeds)]
    asked += [(delay_of, change, seed) for change in CHANGES for seed in range(2 * options.seeds)]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(*each) for each in asked]
        for each in as_completed(waiting):
            print(each.result(), flush=True)
    results = [each.result() for each in waiting]
    counted = [each for each in results if isinstance(each, Alarms)]
    found = [each for each in results if isinstance(each, Found)]
    alarms = [Alarms.of(kind, [each for each in counted if each.kind == kind]) for kind in KINDS]
    text = studies(alarms, found)
    print(text)
    if options.json:
        records = [vars(each) for each in (*alarms, *found)]
        options.json.write_text(json.dumps(records, indent=1))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "retraining_studies.md").write_text(text)
    return 0


def write(outcomes: Sequence[Outcome], path: Path | None) -> None:
    if path:
        path.write_text(json.dumps([each.record() for each in outcomes], indent=1))


if __name__ == "__main__":
    sys.exit(main())
