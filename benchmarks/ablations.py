"""What each part of a search is worth, from one search a table and, on request, a few more.

    .venv/bin/python benchmarks/ablations.py --data DIR --sets a,b --results FOLDER [--seconds 60]
        [--seeds 0,1] [--rows 100000] [--searches order,knowledge] [--out docs]

DIR holds catalog.csv (columns name, file, target, task, time_column) and its files. A quarter of
the rows is held out. All models of a search stay on disk, so families, bags, weights, recipes,
second levels and calibration are judged by predictions of the held-out rows, without any further
search. What changes the search itself costs a search each: --searches names some of
ablation/switches.py, or ``all``. FOLDER gets a JSON file and a store a table; what is there is not
measured again, unless --again asks for the parts. Writes ablations.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ablation.calibration import calibrations
from ablation.parts import Variant, variants
from ablation.report import page
from ablation.searched import Array, Searched, run_search
from ablation.stacking import stacks
from ablation.switches import switches
from noise import difference
from peer_entry import CORES, use_cores
from tables import Entry, read_catalog

from automl_tasks.search import loss
from automl_tasks.search.selection import Selection

Result = dict[str, Any]
Search = Callable[..., Searched]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", required=True, help="names, separated by commas")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each search")
    parser.add_argument("--seeds", default="0", help="separated by commas")
    parser.add_argument("--rows", type=int, default=100_000, help="larger tables are cut")
    parser.add_argument("--searches", default="", help=f"{', '.join(switches())}; or all")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs")
    parser.add_argument("--again", action="store_true", help="judge the parts once more")
    parser.add_argument("--notes", type=Path, help="Markdown, put at the end of the page")
    options = parser.parse_args()
    use_cores(CORES)
    wanted = list(switches()) if options.searches == "all" else options.searches.split(",")
    wanted = [name for name in wanted if name]
    if unknown := set(wanted) - set(switches()):
        parser.error(f"there is no search {', '.join(unknown)}; choose of {', '.join(switches())}")
    catalog = read_catalog(options.data)
    cases = [
        measured(catalog[name], seed, wanted, options)
        for name in options.sets.split(",")
        for seed in map(int, options.seeds.split(","))
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    notes = f"\n{options.notes.read_text()}" if options.notes else ""
    (options.out / "ablations.md").write_text(page(cases) + notes)
    return 0


def measured(entry: Entry, seed: int, wanted: list[str], options: argparse.Namespace) -> Result:
    """All that is known of a table and a seed, measuring what is missing."""
    name = f"{entry.name}_s{seed}_{options.seconds:g}"
    path = options.results / f"{name}.json"
    known: Result = json.loads(path.read_text()) if path.exists() else {}
    missing = [each for each in wanted if each not in known.get("searches", {})]
    if known and not missing and not options.again:
        return known

    def search(run: str, **switched: Any) -> Searched:
        return run_search(
            entry,
            options.results / name,
            run,
            seed=seed,
            seconds=options.seconds,
            rows=options.rows,
            **switched,
        )

    searched = search("main")
    full = searched.select()
    if full is None:
        sys.exit(f"{name}: no trial gave a model")
    if not known or options.again:
        known |= about(entry, seed, options.seconds, searched, full)
        known["parts"] = parts(name, searched, full)
        write(path, known)
    for each in missing:
        switched = search(each, switch=switches()[each])
        known.setdefault("searches", {})[each] = switched_off(each, searched, full, switched)
        print(f"{name}: searched without {each}", flush=True)
        write(path, known)
    return known


def about(entry: Entry, seed: int, seconds: float, searched: Searched, full: Selection) -> Result:
    prediction = searched.blend(full.chosen)
    return {
        "table": entry.name,
        "seed": seed,
        "seconds": seconds,
        "metric": entry.metric,
        "loss": loss(entry.metric, searched.y, prediction),
        "rows": searched.plan.develop_rows,
        "held_out": len(searched.holdout),
        "trials": len(searched.ledger.trials()),
        "folds": fold_count(searched),
        "members": len(full.chosen),
        "weights": {trial.id: round(weight, 3) for trial, weight in full.chosen},
        "predict_s": round(searched.predict_seconds(full.chosen), 3),
    }


def parts(name: str, searched: Searched, full: Selection) -> list[Result]:
    """What the ledger tells of each part."""
    prediction, found, start = searched.blend(full.chosen), [], time.monotonic()
    for source in (variants, calibrations, stacks):
        found += [judged(each, searched, prediction) for each in source(searched, full)]
        print(f"{name}: {source.__name__} after {time.monotonic() - start:.0f} s", flush=True)
    return found


def judged(variant: Variant, searched: Searched, prediction: Array) -> Result:
    metric = variant.metric or searched.plan.metric
    compared = difference(metric, searched.y, prediction, variant.prediction)
    base = loss(metric, searched.y, prediction)
    return {
        "kind": variant.kind,
        "name": variant.name,
        "metric": metric,
        "base": base,
        "loss": base + compared.value,
        "error": compared.error,
        "verdict": compared.verdict,
        "trained": round(variant.trained, 3),
        "predict": None if variant.predict is None else round(variant.predict, 3),
    }


def switched_off(name: str, searched: Searched, full: Selection, switched: Searched) -> Result:
    """A search without something beside the one with it; `trained`: its folds over the other's."""
    found = switched.select()
    if found is None:
        raise RuntimeError(f"the search without {name} gave no model")
    variant = Variant(
        name=name,
        kind="search",
        prediction=switched.blend(found.chosen),
        trained=fold_count(switched) / fold_count(searched),
        predict=switched.predict_seconds(found.chosen) / searched.predict_seconds(full.chosen),
    )
    return judged(variant, searched, searched.blend(full.chosen))


def fold_count(searched: Searched) -> int:
    return sum(len(trial.good) for trial in searched.ledger.trials())


def write(path: Path, known: Result) -> None:
    path.write_text(json.dumps(known, indent=1))


if __name__ == "__main__":
    sys.exit(main())
