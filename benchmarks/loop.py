"""A stream through the whole loop: real snapshots, checks, searches and gates.

    .venv/bin/python benchmarks/loop.py --csv FILE --target T --task binary --window ROWS
        [--most 12] [--minutes 0.5] [--json OUT]

The rows of FILE are in the order of time. The first fifth of the windows, or more where --most
windows shall follow, is what the first champion is searched on; then a window arrives at a time,
and what `nightshift run` does is done: ingest, validate, score, check, and where the monitor asks
for it search, package, register and promote. Labels come with their rows, which are scored first.
Prints a line a window, and at the end the metric as served, of the first champion had it stayed,
and of a constant.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

FIRST_SHARE = 0.2


@dataclass(frozen=True)
class Step:
    """What a window has brought.

    Attributes
    ----------
    seconds
        Of the whole step, and of the search in it.
    verdict
        Of the gate; empty without a search.
    """

    window: str
    snapshot: str
    status: str
    verdict: str
    sentence: str
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--csv", type=Path, required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--task", choices=("binary", "multiclass", "regression"), required=True)
    parser.add_argument("--window", type=int, required=True, help="rows")
    parser.add_argument("--most", type=int, default=12, help="windows after the first part")
    parser.add_argument("--minutes", type=float, default=0.5, help="budget of a search")
    parser.add_argument("--json", type=Path, help="file for the records")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NIGHTSHIFT_HOME"] = folder
        found = Loop(options, Path(folder)).play()
    print("\n".join(lines(found)))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    return 0


class Loop:
    """A problem whose source is a folder in which windows arrive."""

    def __init__(self, options: argparse.Namespace, home: Path) -> None:
        from automl_tasks.problem import load_problem
        from automl_tasks.settings import current_settings
        from automl_tasks.store import open_store

        self.rows = pd.read_csv(options.csv, dtype=str, keep_default_na=False)
        self.rows = self.rows[self.rows[options.target] != ""]
        windows = len(self.rows) // options.window
        self.first = max(round(FIRST_SHARE * windows), windows - options.most)
        self.window, self.count = options.window, windows
        self.inbox = home / "inbox"
        self.inbox.mkdir()
        name = options.csv.name.split(".")[0].lower()
        path = home / f"{name}.yaml"
        path.write_text(
            yaml.safe_dump(
                {
                    "name": name,
                    "source": str(self.inbox),
                    "target": options.target,
                    "task": options.task,
                    "split": "time",
                    "retrain": "when_degraded",
                    "budget": {"minutes": options.minutes},
                }
            )
        )
        self.problem = load_problem(path)
        self.store = open_store(current_settings().store_url)

    def play(self) -> dict[str, Any]:
        """Let all windows arrive; gives the steps and the scores."""
        self._deliver(0, self.first * self.window)
        self._run("first part")
        steps = []
        for window in range(self.first, self.count):
            self._deliver(window * self.window, (window + 1) * self.window)
            steps.append(self._run(f"window {window}"))
            print(f"{steps[-1].window}: {steps[-1].status}. {steps[-1].sentence}", flush=True)
        return {
            "problem": self.problem.name,
            "steps": [vars(each) for each in steps],
            **self._scores(steps),
        }

    def _deliver(self, begin: int, end: int) -> None:
        self.rows.iloc[begin:end].to_csv(self.inbox / f"{begin:09d}.csv", index=False)

    def _run(self, window: str) -> Step:
        from automl_tasks.cli.commands import run

        start = time.monotonic()
        chosen = {"minutes": None, "metric": None, "window_rows": None, "version": None}
        options = argparse.Namespace(
            run=None, reason="", json=True, no_report=True, dry_run=False, approve=True, **chosen
        )
        found = run(self.problem, self.store, options)
        decision = found["monitor"]["decision"] if "monitor" in found else None
        promotion = found.get("promote")
        return Step(
            window=window,
            snapshot=found["prepare"]["snapshot"].id,
            status=decision.status if decision else "",
            verdict=promotion.verdict if promotion else "",
            sentence=decision.sentence if decision else "",
            seconds=time.monotonic() - start,
        )

    def _scores(self, steps: list[Step]) -> dict[str, Any]:
        from automl_tasks.deliver import history
        from automl_tasks.local.scoreboard import Scoreboard

        first = min(history(self.store, self.problem.name), key=lambda each: each.decided_at)
        arrived = [each.snapshot for each in steps]
        board = Scoreboard(
            self.problem,
            self.store,
            first_version=first.version,
            first_run=first.run,
            snapshot=arrived[-1],
        )
        scores = [vars(board.of(each.window, [each.snapshot])) for each in steps]
        return {
            "metric": board.metric,
            "scores": scores,
            "all": vars(board.of("all", arrived)),
        }


def lines(found: dict[str, Any]) -> list[str]:
    """A table of the windows."""
    told = [
        f"{found['problem']}, {found['metric']}",
        "| window | status | search | as served | never retrained | constant | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for step, score in zip(found["steps"], found["scores"], strict=True):
        told.append(
            f"| {step['window']} | {step['status']} | {step['verdict']} | {_three(score)} "
            f"| {step['seconds']:.0f} |"
        )
    return [*told, f"| all | | | {_three(found['all'])} | |"]


def _three(score: dict[str, Any]) -> str:
    return " | ".join(f"{score[name]:.4g}" for name in ("served", "never_retrained", "naive"))


if __name__ == "__main__":
    sys.exit(main())
