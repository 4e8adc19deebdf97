"""What stands above Evidently's drawings: what was decided, on which rows, by whom."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from automl_tasks.monitor.wording import drift_words

if TYPE_CHECKING:
    from automl_tasks.monitor.decision import Decision
    from automl_tasks.monitor.drift import DriftSummary

__all__ = ["report_heading", "report_title"]

_STYLE = (
    "font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1.5rem auto; "
    "padding: 1rem 1.5rem; background: #fff; color: #1f2430; border: 1px solid #d8dce5"
)
_METHOD = (
    "Evidently draws; Nightshift decided: the status by the champion's losses on labelled rows, "
    "the drift of a column by an effect of at least 0.1 and a p-value, adjusted for the number of "
    "columns, that counts neighbours in time as few independent rows. What merely looks different "
    "below is no verdict."
)


def report_title(decision: Decision) -> str:
    """Of the page, as plain text."""
    return f"{decision.problem}: {decision.status}, decision {decision.id}"


def report_heading(decision: Decision, newest: str, reference: str) -> str:
    """HTML of the heading.

    Parameters
    ----------
    newest, reference
        Which rows are drawn, as plain text.
    """
    facts = {
        "Decision": f"{decision.status}. {decision.sentence}",
        "Newest rows (current)": newest,
        "Compared with (reference)": reference,
        "Champion": f"version {decision.champion_version}, run {decision.champion_run}",
        "Drift": _drift_words(decision.drift),
        "Decided": decision.created_at,
    }
    listed = "".join(
        f"<tr><th style='text-align: left; vertical-align: top; padding-right: 1rem; "
        f"white-space: nowrap'>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in facts.items()
    )
    return (
        f"<header style='{_STYLE}'><h1 style='font-size: 1.4rem'>{escape(decision.problem)}: "
        f"the newest rows beside those of the champion</h1><table>{listed}</table>"
        f"<p>{escape(_METHOD)}</p></header>"
    )


def _drift_words(drift: DriftSummary | None) -> str:
    if drift is None:
        return "could not be measured."
    total = len(drift.columns)
    words = [drift_words(drift) if drift.drifted else f"None of {total} columns drifted."]
    for found, what in (
        (drift.hardly_used, "Differ, but hardly used by the champion"),
        (drift.unknown, "Not compared"),
    ):
        if found:
            words.append(f"{what}: {', '.join(map(repr, found))}.")
    return " ".join(words)
