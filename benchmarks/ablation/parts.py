"""The ensemble that a finished search would have given without one of its parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ablation.searched import Array, Chosen, Searched
from automl_tasks.meta import Knowledge
from automl_tasks.models import FAMILIES
from automl_tasks.search.ensemble import greedy_weights
from automl_tasks.search.ledger import Trial
from automl_tasks.search.selection import Selection

LIGHT = (0.03, 0.05, 0.10)
BEST = 5


@dataclass(frozen=True)
class Variant:
    """Another prediction of the holdout, to compare with the full ensemble's.

    Attributes
    ----------
    metric
        By which both are judged; None: the run's.
    trained
        Share of the search's training seconds that went into what is left out, or seconds that
        an addition took.
    predict
        Seconds to predict, over those of the full ensemble; None: not measured.
    """

    name: str
    kind: str
    prediction: Array
    trained: float = 0.0
    predict: float | None = None
    metric: str | None = None


def variants(searched: Searched, full: Selection) -> Iterator[Variant]:
    """All that one ledger tells."""
    yield from _of_the_ensemble(searched, full)
    for name, keep in _filters(searched).items():
        yield from _without(searched, full, name, keep)
    start = time.monotonic()
    name = "what else the candidate has beside its ensemble"
    served = searched.served
    yield Variant(name, "with", served, time.monotonic() - start)


def _of_the_ensemble(searched: Searched, full: Selection) -> Iterator[Variant]:
    trials = [*(trial for trial, _ in full.chosen), *full.others]
    best = min(trials, key=lambda trial: full.loss([(trial, 1.0)]))
    several = sorted(trials, key=lambda trial: full.loss([(trial, 1.0)]))[:BEST]
    mean = [(trial, 1 / len(several)) for trial in several]
    yield _made(searched, full, "ensemble: the best bag alone", [(best, 1.0)])
    yield _made(searched, full, "ensemble and bag: the best fold model alone", [(best, 1.0)], 1)
    yield _made(searched, full, "bags: one fold model of each member", full.chosen, 1)
    yield _made(searched, full, f"greedy weights: mean of the best {BEST}", mean)
    yield _made(searched, full, "leaving out light members: the greedy weights", _greedy(full))
    for least in LIGHT:
        heavy = [(trial, weight) for trial, weight in full.chosen if weight >= least]
        yield _made(searched, full, f"members lighter than {least:.0%}", heavy or full.chosen[:1])


def _greedy(full: Selection) -> Chosen:
    trials = [*(trial for trial, _ in full.chosen), *full.others]
    weights = greedy_weights(
        [full.predictions[trial.id] for trial in trials],
        full.y,
        full.plan.measure,
        folds=full.folds,
        weight=full.weight,
        seed=full.plan.problem.seed,
    )
    return [(trial, weight) for trial, weight in zip(trials, weights, strict=True) if weight > 0]


def _filters(searched: Searched) -> dict[str, Callable[[Trial], bool]]:
    """Which trials stay when a part of the search is left out."""
    plan = searched.plan
    planned = {each.id for each in plan.configurations}
    known = Knowledge.load(without=plan.fingerprint).candidates(plan.task).values()
    recorded = {
        plan.terms.configuration(each.family, each.tried).id
        for each in known
        if each.family in FAMILIES
    } - planned
    trials = sorted(searched.ledger.trials(), key=lambda each: each.records[0].finished_at)
    first = {trial.family: trial.id for trial in reversed(trials)}
    found = {f"family {name}": _no_family(name) for name in FAMILIES}
    return found | {
        "proposals": lambda trial: trial.id in planned | recorded,
        "recorded configurations": lambda trial: trial.id not in recorded,
        "more than a family's first trial": lambda trial: trial.id == first[trial.family],
        "recipes beyond the families' own": _default_recipe,
    }


def _no_family(name: str) -> Callable[[Trial], bool]:
    return lambda trial: trial.family != name


def _default_recipe(trial: Trial) -> bool:
    own = FAMILIES[trial.family]
    return bool(own.recipe_of(trial.configuration.params) == own.recipe)


def _without(
    searched: Searched, full: Selection, name: str, keep: Callable[[Trial], bool]
) -> Iterator[Variant]:
    """Nothing where the part took no part, or where nothing else is left."""
    trials = searched.ledger.trials()
    removed = sum(trial.seconds for trial in trials if not keep(trial))
    selection = searched.select(keep) if removed else None
    if selection is None:
        return
    share = removed / sum(trial.seconds for trial in trials)
    yield _made(searched, full, name, selection.chosen, share=share)


def _made(
    searched: Searched,
    full: Selection,
    name: str,
    chosen: Chosen,
    folds: int | None = None,
    *,
    share: float = 0.0,
) -> Variant:
    whole = searched.predict_seconds(full.chosen)
    return Variant(
        name=name,
        kind="without",
        prediction=searched.blend(chosen, folds=folds),
        trained=share,
        predict=searched.predict_seconds(chosen, folds=folds) / whole,
    )
