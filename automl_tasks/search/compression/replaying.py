"""The candidate of a replay, where measured times chose that of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from automl_tasks.search.assembly import Assembly, Part
from automl_tasks.search.recorded import recorded_members
from automl_tasks.search.selection import Selection

__all__ = ["chosen_again", "rebuilt"]

_DIGITS = 12  # the shares of equal weights, each a sum over its folds, may differ in the last bit


def rebuilt(assembly: Assembly, selection: Selection) -> tuple[Selection, list[Part]]:
    """The ensemble; of a problem with limits the trials, and weights, that the run had chosen.

    A student, which such a run may have trained in place of its ensemble, is not trained again:
    then the ensemble itself is built.
    """
    if not assembly.plan.limited:
        return selection, assembly.build(selection)
    members = recorded_members(assembly.store, assembly.plan)
    chosen = chosen_again(selection, members)
    if chosen is None:
        return selection, assembly.build(selection)
    parts = assembly.build(chosen, bagged=len(members) > len(chosen.chosen))
    # A share that is divided among the folds once more may lose its last bit.
    exact = {member["name"]: member["weight"] for member in members}
    return chosen, [_weighted(part, exact) for part in parts]


def chosen_again(selection: Selection, members: Sequence[dict[str, Any]]) -> Selection | None:
    """The trials of recorded members with their weights; None where one is not of the selection.

    The heaviest come first, of equal ones the selection's first, as when they were chosen: sums
    of floats depend on the order, and among the members the refitted come last.
    """
    shares: dict[str, float] = {}
    for member in members:
        shares[member["trial"]] = shares.get(member["trial"], 0.0) + member["weight"]
    trials = [*(trial for trial, _ in selection.chosen), *selection.others]
    if not shares.keys() <= {trial.id for trial in trials}:
        return None
    chosen = [(trial, shares[trial.id]) for trial in trials if trial.id in shares]
    return replace(
        selection,
        chosen=sorted(chosen, key=lambda pair: -round(pair[1], _DIGITS)),
        others=[trial for trial in trials if trial.id not in shares],
    )


def _weighted(part: Part, exact: dict[str, float]) -> Part:
    weight = exact.get(part.member.name, part.member.weight)
    return replace(part, member=part.member.model_copy(update={"weight": weight}))
