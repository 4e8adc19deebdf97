"""From the results of all tables to one page."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from noise import mean_interval

from ablation.switches import TITLES

KINDS = ("without", "with", "search")
LEAST_LOSS = 1e-4  # below it a ratio of losses tells nothing

SAME = 1e-5  # relative change that rounding makes

Result = dict[str, Any]


@dataclass(frozen=True)
class Effect:
    """One change of the search over all tables.

    Attributes
    ----------
    changes
        Mean log ratio of the changed loss to the unchanged one, by table.
    worse, better
        Runs in which the change is worse or better beyond the noise of the holdout.
    trained, predict
        Means of what `Variant` says of them; None where it says nothing.
    """

    name: str
    kind: str
    changes: dict[str, float]
    worse: int
    better: int
    trained: float | None
    predict: float | None


def page(cases: Sequence[Result]) -> str:
    """Markdown of everything that was measured."""
    found = effects(cases)
    tables = list(dict.fromkeys(case["table"] for case in cases))
    seconds = ", ".join(f"{each:g}" for each in sorted({case["seconds"] for case in cases}))
    lines = [
        "# What each part of a search is worth",
        "",
        f"Written by `benchmarks/ablations.py` on {datetime.now(UTC):%Y-%m-%d}: {len(cases)} "
        f"searches of {seconds} s on {len(tables)} tables, two cores. Losses are those of held-out "
        "rows; a change is the geometric mean over the tables of changed over unchanged loss, with "
        "the 95 % interval of resampled tables. In brackets: runs in which the difference is "
        "beyond the noise of their own held-out rows (two standard errors).",
        "",
        "## Left out of a finished search",
        "",
        "The ensemble is selected anew from the same trials without the part; what its time would "
        "have given to others is not counted, so this is the most that a part is worth. A positive "
        "change means that the part helps.",
        "",
        "| left out | tables worse / better without | change of loss | share of training | "
        "time to predict |",
        "|---|---|---|---|---|",
        *[_without(each) for each in found if each.kind == "without"],
        "",
        "## Added to a finished search",
        "",
        "A negative change means that it would help.",
        "",
        "| added | tables better / worse with it | change of loss | seconds |",
        "|---|---|---|---|",
        *[_with(each) for each in found if each.kind == "with"],
        "",
    ]
    if any(each.kind == "search" for each in found):
        lines += [
            "## Switched off in a search of its own",
            "",
            "| switched off | tables worse / better without | change of loss | folds fitted |",
            "|---|---|---|---|",
            *[_search(each) for each in found if each.kind == "search"],
            "",
        ]
    return "\n".join([*lines, *_each_table(cases, found, tables)])


def effects(cases: Sequence[Result]) -> list[Effect]:
    """Every change that was measured on any table, each kind in the order of measuring."""
    measured: dict[tuple[str, str], list[tuple[str, Result]]] = {}
    for case in cases:
        for part in [*case["parts"], *case.get("searches", {}).values()]:
            measured.setdefault((part["kind"], part["name"]), []).append((case["table"], part))
    found = [_effect(kind, name, each) for (kind, name), each in measured.items()]
    return sorted(found, key=lambda effect: KINDS.index(effect.kind))


def _effect(kind: str, name: str, measured: Sequence[tuple[str, Result]]) -> Effect:
    tables = dict.fromkeys(table for table, _ in measured)
    verdicts = [part["verdict"] for _, part in measured if abs(log_change(part)) > SAME]
    return Effect(
        name=name,
        kind=kind,
        changes={
            table: statistics.fmean(log_change(part) for own, part in measured if own == table)
            for table in tables
        },
        worse=verdicts.count("worse"),
        better=verdicts.count("better"),
        trained=_mean([part.get("trained") for _, part in measured]),
        predict=_mean([part.get("predict") for _, part in measured]),
    )


def log_change(part: Result) -> float:
    return math.log(max(part["loss"], LEAST_LOSS) / max(part["base"], LEAST_LOSS))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _change(effect: Effect) -> str:
    middle, low, high = (math.expm1(each) for each in mean_interval([*effect.changes.values()]))
    return f"{middle:+.2%} ({low:+.2%} to {high:+.2%})"


def _counts(effect: Effect, *, worse_first: bool) -> str:
    worse = sum(change > SAME for change in effect.changes.values())
    better = sum(change < -SAME for change in effect.changes.values())
    pairs = [(worse, effect.worse), (better, effect.better)]
    (first, surely), (second, also) = pairs if worse_first else reversed(pairs)
    return f"{first} / {second} of {len(effect.changes)} [{surely} / {also}]"


def _without(effect: Effect) -> str:
    trained = f"{effect.trained:.0%}" if effect.trained else ""
    predict = f"x {effect.predict:.2f}" if effect.predict is not None else ""
    counts = _counts(effect, worse_first=True)
    return f"| {effect.name} | {counts} | {_change(effect)} | {trained} | {predict} |"


def _with(effect: Effect) -> str:
    counts = _counts(effect, worse_first=False)
    return f"| {effect.name} | {counts} | {_change(effect)} | {effect.trained or 0:.1f} |"


def _search(effect: Effect) -> str:
    title = TITLES.get(effect.name, effect.name)
    counts = _counts(effect, worse_first=True)
    return f"| {title} | {counts} | {_change(effect)} | x {effect.trained or 0:.2f} |"


def _each_table(
    cases: Sequence[Result], found: Sequence[Effect], tables: Sequence[str]
) -> list[str]:
    """The searches, and each change on each table."""
    lines = [
        "## Table by table",
        "",
        "| table | seed | metric | loss | rows | held out | trials | folds | members |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {case['table']} | {case['seed']} | {case['metric']} | {case['loss']:.5g} "
        f"| {case['rows']} | {case['held_out']} | {case['trials']} | {case['folds']} "
        f"| {case['members']} |"
        for case in cases
    ]
    lines += [
        "",
        "Changes of the loss in per cent, means over the seeds:",
        "",
        f"| change | {' | '.join(tables)} |",
        f"|---|{'---|' * len(tables)}",
    ]
    for effect in found:
        cells = [
            f"{100 * math.expm1(effect.changes[table]):+.1f}" if table in effect.changes else ""
            for table in tables
        ]
        word = {"without": "without", "with": "with", "search": "switched off:"}[effect.kind]
        lines.append(f"| {word} {effect.name} | {' | '.join(cells)} |")
    return [*lines, ""]
