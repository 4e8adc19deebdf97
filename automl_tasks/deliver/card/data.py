"""What the card says of the data."""

from __future__ import annotations

from automl_tasks.deliver.card.page import Section, Table
from automl_tasks.deliver.card.sources import Sources

__all__ = ["data_section"]

_MOST_COLUMNS = 60


def data_section(sources: Sources) -> Section:
    """Snapshot, columns and validation."""
    plan, snapshot = sources.facts.plan, sources.snapshot
    told = [
        f"Snapshot {snapshot.id}: {snapshot.rows:,} rows of {len(snapshot.columns)} columns, read "
        f"from {snapshot.source} on {snapshot.created_at[:10]}.",
        f"{plan.develop_rows:,} labelled rows were learned from, {plan.holdout_rows:,} were held "
        "out: no model and no choice has seen them. "
        + (
            f"They are the newest by {plan.problem.time!r}."
            if plan.problem.split == "time" and plan.problem.time
            else "They are the last ones."
            if plan.problem.split == "time"
            else "They were drawn at random."
        ),
    ]
    if snapshot.time_range:
        told.append(f"{plan.problem.time}: {snapshot.time_range[0]} to {snapshot.time_range[1]}.")
    told += snapshot.notes
    return Section("Data", told, sections=[_columns(sources), _validation(sources)])


def _columns(sources: Sources) -> Section:
    plan = sources.facts.plan
    hidden = set(plan.problem.no_features)
    shown = sources.snapshot.columns[:_MOST_COLUMNS]
    rows = [[each.name, each.type, _role(each.name, sources, hidden)] for each in shown]
    further = len(sources.snapshot.columns) - len(shown)
    told = [f"{further} further columns are not listed."] if further else []
    return Section("Columns", told, [Table(["column", "type", "use"], rows)])


def _role(name: str, sources: Sources, hidden: set[str]) -> str:
    plan = sources.facts.plan
    if name == plan.problem.target:
        return "target"
    if name in hidden:
        return "not used"
    return str(plan.roles.get(name, "not used")).replace("_", " ")


def _validation(sources: Sources) -> Section:
    found = sources.validation
    if found is None:
        return Section("Validation", ["The snapshot was not validated."])
    verdict = {"pass": "all were met", "warn": "warnings remain", "quarantine": "it was refused"}
    told = [f"{found.checked} expectations were checked: {verdict[found.status]}."]
    failures = [[each.severity, each.message] for each in found.failures]
    tables = [Table(["severity", "what was found"], failures)] if failures else []
    return Section("Validation", told, tables)
