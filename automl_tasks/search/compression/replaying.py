"""The candidate of a replay, where measured times chose that of the run."""

from __future__ import annotations

from dataclasses import replace

from automl_tasks.search.assembly import Assembly, Part
from automl_tasks.search.recorded import recorded_members
from automl_tasks.search.selection import Selection

__all__ = ["rebuilt"]


def rebuilt(assembly: Assembly, selection: Selection) -> tuple[Selection, list[Part]]:
    """The ensemble; of a problem with limits the trials, and weights, that the run had chosen.

    A student, which such a run may have trained in place of its ensemble, is not trained again:
    then the ensemble itself is built.
    """
    if not assembly.plan.limited:
        return selection, assembly.build(selection)
    members = recorded_members(assembly.store, assembly.plan)
    known = {
        trial.id: trial for trial in [*(each for each, _ in selection.chosen), *selection.others]
    }
    shares: dict[str, float] = {}
    for member in members:
        shares[member["trial"]] = shares.get(member["trial"], 0.0) + member["weight"]
    if not shares.keys() <= known.keys():
        return selection, assembly.build(selection)
    chosen = replace(
        selection,
        chosen=[(known[name], share) for name, share in shares.items()],
        others=[trial for name, trial in known.items() if name not in shares],
    )
    parts = assembly.build(chosen, bagged=len(members) > len(shares))
    # A share that is divided among the folds once more may lose its last bit.
    exact = {member["name"]: member["weight"] for member in members}
    return chosen, [_weighted(part, exact) for part in parts]


def _weighted(part: Part, exact: dict[str, float]) -> Part:
    weight = exact.get(part.member.name, part.member.weight)
    return replace(part, member=part.member.model_copy(update={"weight": weight}))
