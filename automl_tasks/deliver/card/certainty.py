"""What the card says of how far the model's certainty can be trusted."""

from __future__ import annotations

from automl_tasks.assess.reliability import Calibration, Coverage
from automl_tasks.deliver.card.page import Cell, Chart, Line, Section, Table, number, percent
from automl_tasks.deliver.card.sources import Sources

__all__ = ["certainty_section"]

_KINDS = {
    "none": "They are used as they are: no calibration was clearly better out of fold.",
    "temperature": "They are calibrated by a temperature, chosen out of fold.",
    "platt": "They are calibrated by a line through the log odds, chosen out of fold.",
    "isotonic": "They are calibrated by isotonic regression, chosen out of fold.",
}


def certainty_section(sources: Sources) -> Section:
    """Calibration, and coverage of intervals or class sets; empty with too few rows."""
    found = sources.facts.assessment.reliability
    if found is None:
        return Section("Certainty")
    parts = [] if found.calibration is None else [_calibration(found.calibration)]
    classes = sources.facts.plan.classes is not None
    return Section("Certainty", sections=[*parts, _coverage(found.coverage, classes=classes)])


def _calibration(found: Calibration) -> Section:
    told = [
        _KINDS[found.kind],
        f"On the held-out rows probabilities and frequencies differ by {percent(found.error)} on "
        f"average; chance alone would give about {percent(found.noise)}. Brier score "
        f"{number(found.brier)}.",
    ]
    lines = [
        Line("came true", [(each.said, each.came) for each in found.bins]),
        Line("as said", [(each.said, each.said) for each in found.bins], guide=True),
    ]
    chart = Chart("Probabilities, and how often they came true", "probability", "share", lines)
    return Section("Probabilities", told, charts=[chart] if len(found.bins) > 1 else [])


def _coverage(found: list[Coverage], *, classes: bool) -> Section:
    if not found:
        return Section("Intervals", ["Too few rows to tell intervals."])
    what = "sets of classes" if classes else "intervals"
    told = [
        f"How often {what}, asked for with the parameter interval, held the truth.",
        *_judged(found, *(("small", "larger") if classes else ("narrow", "wider"))),
    ]
    rows: list[list[Cell]] = [
        [
            percent(each.asked),
            percent(each.found),
            f"{percent(each.low)} to {percent(each.high)}",
            each.size,
        ]
        for each in found
    ]
    size = "classes on average" if classes else "mean width"
    title = "Sets of classes" if classes else "Intervals"
    return Section(title, told, [Table(["asked", "held", "95 % interval", size], rows)])


def _judged(found: list[Coverage], too_small: str, larger: str) -> list[str]:
    """Whether they held the truth as often as was asked, as far as the held-out rows tell."""
    less = [percent(each.asked) for each in found if each.high < each.asked]
    more = [percent(each.asked) for each in found if each.low > each.asked]
    told = []
    if less:
        told.append(
            f"Asked for {', '.join(less)}, they held it less often on the held-out rows: "
            f"too {too_small}."
        )
    if more:
        told.append(
            f"Asked for {', '.join(more)}, they held it more often on the held-out rows: "
            f"{larger} than they need to be."
        )
    return told or ["On the held-out rows they did so as often as asked, as far as these can tell."]
