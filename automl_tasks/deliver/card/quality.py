"""What the card says of how good the model is, and of the models that were tried."""

from __future__ import annotations

from automl_tasks.deliver.card.page import Cell, Chart, Line, Section, Table, number, span
from automl_tasks.deliver.card.sources import Sources

__all__ = ["cost_section", "quality_section", "quality_sentence", "search_section"]

_LEADERS = 10


def quality_sentence(sources: Sources) -> str:
    """The one number that matters, with its range and what a constant would reach."""
    assessment = sources.facts.assessment
    found = assessment.metrics.get(assessment.metric)
    if found is None:
        return f"The held-out rows do not determine {assessment.metric}."
    return (
        f"On {assessment.holdout_rows:,} held-out rows its {assessment.metric} is "
        f"{number(found.value)} (95 % interval {span(found.low, found.high, 4)}); "
        f"always predicting the same reaches {number(found.baseline)}."
    )


def quality_section(sources: Sources) -> Section:
    """Every metric on the holdout."""
    assessment = sources.facts.assessment
    metrics = dict(
        sorted(assessment.metrics.items(), key=lambda found: found[0] != assessment.metric)
    )
    rows: list[list[Cell]] = [
        [name, each.value, span(each.low, each.high, 4), each.baseline]
        for name, each in metrics.items()
    ]
    return Section(
        "Quality",
        [
            quality_sentence(sources),
            "Intervals say where another holdout of this size would put the metric (bootstrap). "
            "The run's own metric stands first.",
        ],
        [Table(["metric", "value", "95 % interval", "constant"], rows)],
        sections=[_slices(sources)],
    )


def _slices(sources: Sources) -> Section:
    found = sources.facts.assessment.slices
    if found is None:
        return Section("Where it does worse")
    if not found.tested:
        return Section("Where it does worse", ["Too few held-out rows to compare slices."])
    told = f"{found.tested} slices of at least 30 held-out rows were compared with all other rows"
    if not found.worst:
        return Section("Where it does worse", [f"{told}; none stands out beyond chance."])
    rows: list[list[Cell]] = [
        [each.column, each.level, each.rows, each.loss, each.rest] for each in found.worst
    ]
    columns = ["column", "level", "rows", found.loss, "elsewhere"]
    return Section("Where it does worse", [f"{told}."], [Table(columns, rows, bar=3)])


def search_section(sources: Sources) -> Section:
    """What was tried, and what the model consists of."""
    facts, candidate = sources.facts, sources.facts.candidate
    members = len(candidate.members)
    told = [
        f"Configurations tried: {sources.trials}. The model is "
        + ("one fitted model" if members == 1 else f"a weighted mean of {members} fitted models")
        + f": {candidate.metric} {number(candidate.oof_score)} out of fold, the best single "
        f"configuration alone {number(candidate.best_single_score)}.",
        "In the table, a score of fewer folds than others is moved by how these folds differ "
        "from all: an estimate, which can even leave the metric's range.",
        *candidate.notes,
    ]
    leaders: list[list[Cell]] = [
        [each.trial, each.family, each.score, each.folds, each.seconds, each.weight or None]
        for each in candidate.leaderboard[:_LEADERS]
    ]
    table = Table(
        ["configuration", "family", facts.plan.metric, "folds", "seconds", "weight"], leaders, bar=5
    )
    return Section("Search", told, [table] if leaders else [])


def cost_section(sources: Sources) -> Section:
    """Latency and size, and the limits on them."""
    assessment, limits = sources.facts.assessment, sources.facts.plan.problem.constraints
    rows: list[list[Cell]] = [
        ["one row in a batch, ms", assessment.latency_ms_per_row, limits.latency_ms_per_row],
        ["one row alone, ms", assessment.latency_ms_single, None],
        ["size, MB", assessment.size_mb, limits.size_mb],
    ]
    told = ["Measured on one thread of the machine that trained the model."]
    table = Table(["what", "measured", "limit"], rows)
    return Section("Speed and size", told, [table], sections=[_front(sources)])


def _front(sources: Sources) -> Section:
    """The models that could have been taken in its place."""
    found = sources.facts.candidate.front
    rows: list[list[Cell]] = [
        [
            each.name,
            each.loss,
            each.ms_per_row,
            each.ms_single,
            each.size_mb,
            "taken" if each.chosen else "dominated" if each.dominated else "",
        ]
        for each in found
    ]
    loss = f"loss ({sources.facts.plan.metric})"
    columns = ["model", loss, "ms a row", "ms alone", "MB", ""]
    points = sorted((each.ms_per_row, each.loss) for each in found if not each.dominated)
    chart = Chart(
        "The best that each speed allows: lower and further left is better",
        "ms a row",
        loss,
        [Line("front", points)],
    )
    return Section(
        "Quality, speed and size",
        ["Loss is out of fold, so models can be compared with each other, not with the holdout."]
        if found
        else [],
        [Table(columns, rows)] if found else [],
        [chart] if len(points) > 1 else [],
    )
