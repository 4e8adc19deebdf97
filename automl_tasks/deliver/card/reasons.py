"""What the card says of why the model answers as it does, and why it won."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tasks.assess.explanation import Effect, Explanation, Surrogate, Without
from automl_tasks.deliver.card.page import Cell, Chart, Line, Section, Table, number, span
from automl_tasks.deliver.card.sources import Sources

__all__ = ["reasons_section"]

_COLUMNS = 15


def reasons_section(sources: Sources) -> Section:
    """The explanation; a sentence where there is none."""
    found = sources.explanation
    if found is None:
        return Section("Why it answers so", ["The model was not explained."])
    return Section(
        "Why it answers so",
        [found.summary, *found.notes],
        sections=[
            _importance(found),
            _effects(found),
            _rules(found.surrogate),
            _ablation(found),
        ],
    )


def _importance(found: Explanation) -> Section:
    rows: list[list[Cell]] = [
        [
            each.column,
            each.contribution.value,
            span(each.contribution.low, each.contribution.high),
            None if each.loss_rise is None else each.loss_rise.value,
            "-" if each.loss_rise is None else span(each.loss_rise.low, each.loss_rise.high),
        ]
        for each in found.importance[:_COLUMNS]
    ]
    columns = ["column", "contribution", "95 % interval", f"rise of {found.loss}", "95 % interval"]
    told = [
        "Contribution: mean size of the column's Shapley value, over "
        f"{found.contribution_rows:,} rows. Rise: what shuffling the column costs, over "
        f"{found.permutation_rows:,} rows."
    ]
    return Section("Columns that matter", told, [Table(columns, rows, bar=1)])


def _effects(found: Explanation) -> Section:
    charts, tables = [], list[Table]()
    for effect in found.effects:
        if effect.kind == "number":
            charts.append(_curve(effect))
        else:
            tables.append(_levels(effect))
    told = [
        f"The mean answer over {found.effect_rows:,} rows when all have the same value of one "
        "column and keep their own of all others."
    ]
    return Section("Effects", told if found.effects else [], tables, charts)


def _curve(effect: Effect) -> Chart:
    points = [each for each in effect.points if _is_number(each.value)]
    lines = [
        Line(name, [(float(each.value), each.answers[name]) for each in points])
        for name in (points[0].answers if points else {})
    ]
    return Chart(effect.column, effect.column, "answer", lines)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _levels(effect: Effect) -> Table:
    names = list(effect.points[0].answers)
    rows: list[list[Cell]] = [
        [each.value, each.rows, *[each.answers[name] for name in names]] for each in effect.points
    ]
    return Table([effect.column, "rows", *names], rows, bar=2)


def _rules(found: Surrogate | None) -> Section:
    title = "In a few rules"
    if found is None:
        return Section(title)
    kind = "R²" if found.measure == "r2" else "agreement"
    told = [
        f"A small tree that imitates the model; {kind} with its answers {found.fidelity:.2f} on "
        f"{found.checked_rows:,} other rows, by chance {found.by_chance:.2f}. It is no substitute."
    ]
    rows: list[list[Cell]] = [
        [" and ".join(each.conditions) or "always", each.answer, each.rows] for each in found.rules
    ]
    return Section(title, told, [Table(["when", found.answers, "rows"], rows)])


def _ablation(found: Explanation) -> Section:
    lost = found.ablation
    tables = [
        _without(title, each, found.loss)
        for title, each in (
            ("family", lost.families),
            ("configuration", lost.trials),
            ("kind of features", lost.features),
        )
        if each
    ]
    told = [
        f"By how much {found.loss} rises on {lost.rows:,} held-out rows without a part of the "
        "model; nothing is trained anew."
    ]
    return Section("Why it won", told if tables else [], tables)


def _without(title: str, parts: Sequence[Without], loss: str) -> Table:
    rows: list[list[Cell]] = [
        [
            each.what,
            each.weight,
            each.alone,
            "-"
            if each.rise is None
            else f"{number(each.rise.value, 3)} ({span(each.rise.low, each.rise.high)})",
        ]
        for each in parts
    ]
    return Table([f"without this {title}", "weight", f"{loss} alone", "rise"], rows)
