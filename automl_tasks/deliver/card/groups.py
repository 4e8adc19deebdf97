"""What the card says of the groups of the protected columns."""

from __future__ import annotations

from automl_tasks.assess import Fairness
from automl_tasks.assess.fairness import Disparity, Group
from automl_tasks.deliver.card.page import Cell, Section, Table, number, span
from automl_tasks.deliver.card.sources import Sources

__all__ = ["fairness_section"]

_MITIGATION = {
    "none": "Nothing was done about differences.",
    "reweighting": "In training, rows counted as if group and class were independent.",
    "thresholds": "Thresholds by group were moved from the common one as far as the limit asks.",
}


def fairness_section(sources: Sources) -> Section:
    """Groups and how far they are apart; empty without protected columns."""
    problem, found = sources.facts.plan.problem, sources.facts.assessment.fairness
    if not found:
        return Section("Fairness")
    asked = problem.fairness
    told = [_MITIGATION[asked.mitigation], *_thresholds(sources)]
    if asked.features == "exclude":
        told.append("Models do not see the protected columns.")
    if asked.max_disparity is not None:
        told.append(f"Limit: {asked.measure} of at most {asked.max_disparity:g}.")
        unknown = [name for name, each in found.items() if asked.measure not in each.disparities]
        if unknown:
            told.append(f"Too few held-out rows tell it of {', '.join(unknown)}: not checked.")
    return Section("Fairness", told, sections=[_column(name, each) for name, each in found.items()])


def _thresholds(sources: Sources) -> list[str]:
    decision, classes = sources.facts.candidate.group_decision, sources.facts.plan.classes
    if decision is None or classes is None:
        return []
    shares = {name: first for name, (first, _) in sorted(decision["weights"].items())}
    told = [f"{name} {number(share, 3)}" for name, share in shares.items()]
    told.append(f"all others {number(decision['common'][0], 3)}")
    return [f"Probability above which a row is given {classes[1]!r}: {', '.join(told)}."]


def _column(name: str, report: Fairness) -> Section:
    told = []
    if report.pooled:
        told.append(f"{report.pooled:,} rows of small groups or new values are not compared.")
    if report.proxies:
        listed = ", ".join(f"{each.column} ({each.strength:.2f})" for each in report.proxies)
        told.append(f"Other columns that tell the group (0: chance, 1: always): {listed}.")
    tables = [_groups(report.groups), _disparities(report.disparities)]
    return Section(name, told, [table for table in tables if table.rows])


def _groups(groups: list[Group]) -> Table:
    names = list(dict.fromkeys(name for group in groups for name in group.quantities))
    rows: list[list[Cell]] = [
        [group.group, group.rows, *[_range(group, name) for name in names]] for group in groups
    ]
    return Table(["group", "rows", *[name.replace("_", " ") for name in names]], rows)


def _range(group: Group, name: str) -> str:
    found = group.quantities.get(name)
    if found is None:
        return "-"
    return f"{number(found.value, 3)} ({span(found.low, found.high)})"


def _disparities(found: dict[str, Disparity]) -> Table:
    rows: list[list[Cell]] = [
        [
            measure.replace("_", " "),
            each.value,
            span(each.low, each.high),
            f"{each.lowest} / {each.highest}",
        ]
        for measure, each in found.items()
    ]
    return Table(["difference", "value", "95 % interval", "lowest / highest"], rows)
