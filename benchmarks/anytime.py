"""How good an answer is after 5 seconds, after 10, … after 600; beside it two simple references.

    .venv/bin/python benchmarks/anytime.py --data DIR --sets a,b --results FOLDER [--out docs]

DIR holds catalog.csv (columns name, file, target, task, time_column) and its files. Each budget is
a run of its own, from the start, in a process of its own (benchmarks/peer_entry.py), on the split
of the comparison of AutoML systems; benchmarks/references.py fits a LightGBM with the library's
defaults and a tuned linear model. FOLDER gets one JSON and one npz (the predictions of the test
rows) a run; what is there already is not run again, so it may be cut anywhere. Writes anytime.md
and anytime.svg; with --only-report of what FOLDER holds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from answers import (
    REFERENCES,
    Case,
    Run,
    Step,
    beats_both,
    compared,
    mean_curve,
    own_path,
    read_case,
    reference_path,
    steps,
)
from curves import Curve, picture
from tables import Entry, read_catalog, write_split

HERE = Path(__file__).resolve().parent
SECONDS = "5,10,30,60,120,300,600"
BAR_SECONDS = 10  # budget at which both references shall be beaten


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", required=True, help="names, separated by commas")
    parser.add_argument("--seconds", default=SECONDS, help=f"budgets; default: {SECONDS}")
    parser.add_argument("--seeds", default="0", help="separated by commas")
    parser.add_argument("--rows", type=int, default=100_000, help="larger tables are cut")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs")
    parser.add_argument("--only-report", action="store_true")
    parser.add_argument("--notes", type=Path, help="Markdown, put at the end of the page")
    options = parser.parse_args()
    catalog = read_catalog(options.data)
    seconds = sorted(map(int, options.seconds.split(",")))
    seeds = list(map(int, options.seeds.split(",")))
    options.results.mkdir(parents=True, exist_ok=True)
    cases = []
    for entry in (catalog[name] for name in options.sets.split(",")):
        for seed in seeds:
            if not options.only_report:
                measure(entry, seed, seconds, options)
            cases.append(read_case(entry, seed, seconds, options))
    cases = [case for case in cases if case.ours]
    if not cases:
        sys.exit(f"{options.results} holds no run of these sets, seeds and budgets")
    options.out.mkdir(parents=True, exist_ok=True)
    notes = f"\n{options.notes.read_text()}" if options.notes else ""
    (options.out / "anytime.md").write_text(page(cases) + notes)
    (options.out / "anytime.svg").write_text(picture(curves(cases), title="Loss / best reference"))
    return 0


def measure(entry: Entry, seed: int, seconds: Sequence[int], options: argparse.Namespace) -> None:
    """Every run of a table that is not there yet, the references first."""
    paths = write_split(entry, options.results, seed=seed, most=options.rows)
    given = [*map(str, paths), entry.target, entry.task]
    for name in REFERENCES:
        out = reference_path(options.results, name, entry, seed)
        run([str(HERE / "references.py"), name, *given, str(out)], out)
    for budget in seconds:
        out = own_path(options.results, entry, seed, budget)
        run([str(HERE / "peer_entry.py"), *given, str(budget), str(out)], out)


def run(command: list[str], out: Path) -> None:
    """Run a script in a process of its own, unless its result is there."""
    if out.exists():
        return
    environment = os.environ | {"PEER_PREDICTIONS": str(out.with_suffix(".npz"))}
    with out.with_suffix(".log").open("w") as log:
        subprocess.run(
            [sys.executable, *command], env=environment, stdout=log, stderr=log, check=False
        )
    if not out.exists():
        out.write_text(json.dumps({"error": f"wrote no result; see {log.name}"}))
    found = json.loads(out.read_text())
    shown = {key: found.get(key) for key in ("score", "fit_s", "predict_s", "error")}
    print(f"{out.stem:40} {shown}", flush=True)


def curves(cases: Sequence[Case]) -> list[Curve]:
    """One curve a table, its seeds averaged, and one of all."""
    found = []
    for name in dict.fromkeys(case.entry.name for case in cases):
        found.append(Curve(name, mean_curve([case for case in cases if case.entry.name == name])))
    return [*found, Curve("all", mean_curve(cases), bold=True)]


def page(cases: Sequence[Case]) -> str:
    every = [step for case in cases for step in steps(case)]
    worse = [step for step in every if step.difference.verdict == "worse"]
    better = [step for step in every if step.difference.verdict == "better"]
    names = list(dict.fromkeys(case.entry.name for case in cases))
    budgets = sorted({seconds for case in cases for seconds in case.ours})
    lines = [
        "# Quality against time",
        "",
        f"Written by `benchmarks/anytime.py` on {datetime.now(UTC):%Y-%m-%d}. "
        f"{len(names)} tables, {len(cases)} runs for each budget, two cores; each budget is a "
        "search of its own. Noise is that of the test rows: two standard errors of the difference, "
        "of a paired bootstrap.",
        "",
        "![Loss over that of the better reference, against seconds](anytime.svg)",
        "",
        f"- A later answer beside an earlier one, of the same table: {len(every)} pairs, "
        f"{len(better)} better beyond noise, {len(worse)} worse beyond noise "
        f"(equal models would give {0.023 * len(every):.1f} of either).",
        *[f"- {line}" for line in bars(cases, names, budgets)],
        "",
        "| table | loss | "
        + " | ".join([*(f"{each} s" for each in budgets), "default LightGBM", "tuned linear"])
        + " |",
        "|---|---|" + "---|" * (len(budgets) + len(REFERENCES)),
        *[table_line(name, cases, budgets) for name in names],
        "",
        "Means over the seeds, the lowest of a line bold; * marks a failed run, which counts as "
        "the constant predictor.",
    ]
    if worse:
        lines += ["", "Worse beyond noise after more time:", "", *map(worse_line, worse)]
    return "\n".join([*lines, ""])


def bars(cases: Sequence[Case], names: Sequence[str], budgets: Sequence[int]) -> list[str]:
    """At each budget, on how many tables both references are beaten."""
    lines = []
    for budget in budgets:
        known = [
            case
            for case in cases
            if budget in case.ours and len(case.references) == len(REFERENCES)
        ]
        beaten = [name for name in names if beats_both(name, known, budget)]
        tables = {case.entry.name for case in known}
        surely = sum(
            compared(case.entry, each, case.ours[budget]).verdict == "worse"
            for case in known
            for each in [min(case.references.values(), key=lambda run: run.loss)]
        )
        if known:
            text = (
                f"{budget} s beats both references on {len(beaten)} of {len(tables)} tables "
                f"({len(beaten) / len(tables):.0%}); worse than the better one beyond noise in "
                f"{surely} of {len(known)} runs; the fit took at most "
                f"{max((case.ours[budget].fit or 0) / budget for case in known):.2f} x the budget."
            )
            lines.append(f"**{text}**" if budget == BAR_SECONDS else text)
    return lines


def table_line(name: str, cases: Sequence[Case], budgets: Sequence[int]) -> str:
    own = [case for case in cases if case.entry.name == name]
    columns = [[case.ours[each] for case in own if each in case.ours] for each in budgets]
    columns += [
        [case.references[each] for case in own if each in case.references] for each in REFERENCES
    ]
    means = [statistics.fmean(run.loss for run in runs) if runs else None for runs in columns]
    lowest = min(mean for mean in means if mean is not None)
    metric = {"binary": "1 - AUC", "multiclass": "log loss", "regression": "RMSE"}
    cells = [cell(runs, mean, lowest) for runs, mean in zip(columns, means, strict=True)]
    return f"| {name} | {metric[own[0].entry.task]} | {' | '.join(cells)} |"


def cell(runs: Sequence[Run], mean: float | None, lowest: float) -> str:
    if mean is None:
        return ""
    text = f"{mean:.4g}"
    return (f"**{text}**" if mean == lowest else text) + "*" * any(run.failed for run in runs)


def worse_line(step: Step) -> str:
    change = step.difference.value / max(step.case.ours[step.earlier].loss, 1e-9)
    return (
        f"- {step.case.entry.name}, seed {step.case.seed}: {step.later} s is {change:.1%} worse "
        f"than {step.earlier} s ({step.difference.value / max(step.difference.error, 1e-12):.1f} "
        "standard errors)"
    )


if __name__ == "__main__":
    sys.exit(main())
