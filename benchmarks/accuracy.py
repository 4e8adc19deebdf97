"""Nightshift beside other AutoML systems: from the files of a comparison to a table and a picture.

    .venv/bin/python benchmarks/accuracy.py RESULTS [--data DIR] [--out docs] [--notes FILE.md]

RESULTS holds one file for each run, PEER_SET_sSEED_BUDGET.json, as benchmarks/peer_entry.py and
its like for the other systems write them; ours is called nightshift. Where a run failed, --data
must hold catalog.csv (columns name and target) and RESULTS the split tables, SET_sSEED_train.csv
and SET_sSEED_test.csv. Writes accuracy.md and accuracy.svg; a person's notes come last.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import psutil
from comparison import Run, Summary, comparable, read_runs, summarise

OURS = "nightshift"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--data", type=Path, help="folder of catalog.csv; needed for failed runs")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs")
    parser.add_argument("--notes", type=Path, help="Markdown, put at the end of the page")
    options = parser.parse_args()
    runs = read_runs(options.results, options.data)
    if not runs:
        sys.exit(f"{options.results} holds no PEER_SET_sSEED_BUDGET.json")
    pages, panels = [heading()], []
    for budget in sorted({run.budget for run in runs}):
        complete = comparable([run for run in runs if run.budget == budget])
        if not complete:
            print(f"{budget} s: no table was run by every system", file=sys.stderr)
            continue
        summaries = summarise(complete, budget)
        pages.append(page(budget, complete, summaries))
        panels.append((budget, summaries))
    if options.notes:
        pages.append(options.notes.read_text())
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "accuracy.md").write_text("\n".join(pages))
    (options.out / "accuracy.svg").write_text(picture(panels))
    return 0


def heading() -> str:
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores and {memory:.0f} GB ({platform.machine()})"
    return f"""# Accuracy beside other systems

Written by `benchmarks/accuracy.py RESULTS` on {datetime.now(UTC):%Y-%m-%d}, on a machine with
{machine}. Each system has two cores, and one runs at a time.
A failed run counts as the constant predictor. Fit/budget is the time of the fit, imports left out,
over the budget; seconds to predict are those of the whole test table (median over the runs); MB is
the largest memory of all of a system's processes together, over all runs.

![Mean rank and mean rescaled loss of each system](accuracy.svg)
"""


def page(budget: int, runs: list[Run], summaries: list[Summary]) -> str:
    """The summary of one budget, and a table for each set."""
    cases = {run.case for run in runs}
    tables = sorted({table for table, _ in cases})
    lines = [
        f"## {budget} seconds: {len(tables)} tables, {len(cases)} runs of each system",
        "",
        "| system | mean rank | rescaled loss | wins | failures | fit/budget mean | max "
        "| predict s | peak MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {bold(each.peer, each.peer == OURS)} | {each.rank:.2f} | {each.rescaled:.3f} "
        f"| {each.wins} | {each.failures} | {each.fit_mean:.2f} | {each.fit_max:.2f} "
        f"| {each.predict:.3g} | {each.peak_mb:.0f} |"
        for each in summaries
    ]
    peers = [each.peer for each in summaries]
    lines += [
        "",
        "Mean score over the seeds (of AUC the highest is the best, of log loss and RMSE the "
        "lowest); the best is bold, * marks a failure:",
        "",
        f"| table | metric | {' | '.join(bold(peer, peer == OURS) for peer in peers)} |",
        f"|---|---|{'---|' * len(peers)}",
    ]
    lines += [table_line(table, peers, runs) for table in tables]
    return "\n".join([*lines, ""])


def table_line(table: str, peers: list[str], runs: list[Run]) -> str:
    own = {peer: [r for r in runs if r.peer == peer and r.case[0] == table] for peer in peers}
    best = min(peers, key=lambda peer: statistics.mean(run.loss for run in own[peer]))
    task = own[best][0].task
    metric = {"binary": "AUC", "multiclass": "log loss", "regression": "RMSE"}[task]
    cells = [
        bold(f"{statistics.mean(run.score for run in own[peer]):.5g}", peer == best)
        + "*" * any(run.failed for run in own[peer])
        for peer in peers
    ]
    return f"| {table} | {metric} | {' | '.join(cells)} |"


def bold(text: str, wanted: bool) -> str:
    return f"**{text}**" if wanted else text


def picture(panels: list[tuple[int, list[Summary]]]) -> str:
    """Bars of mean rank and mean rescaled loss, one row for each system and budget."""
    parts, y = [], 0
    for budget, summaries in panels:
        parts.append(text(16, y + 26, f"{budget} s", weight="bold"))
        parts.append(text(180, y + 26, "mean rank"))
        parts.append(text(480, y + 26, "mean rescaled loss"))
        worst = max(each.rank for each in summaries)
        for row, each in enumerate(summaries):
            top = y + 38 + 24 * row
            colour = "#c2410c" if each.peer == OURS else "#94a3b8"
            parts.append(
                text(16, top + 14, each.peer, weight="bold" if each.peer == OURS else "normal")
            )
            parts.append(bar(180, top, 220 * each.rank / worst, colour, f"{each.rank:.2f}"))
            parts.append(bar(480, top, 220 * each.rescaled, colour, f"{each.rescaled:.3f}"))
        y += 52 + 24 * len(summaries)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 {y + 8}" '
        'font-family="sans-serif" font-size="13">\n'
        '<title>Lower is better</title>\n<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def bar(x: int, y: int, width: float, colour: str, label: str) -> str:
    shape = f'<rect x="{x}" y="{y}" width="{width:.1f}" height="18" fill="{colour}"/>'
    return shape + text(x + width + 6, y + 14, label)


def text(x: float, y: float, content: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}">{escape(content)}</text>'


if __name__ == "__main__":
    sys.exit(main())
