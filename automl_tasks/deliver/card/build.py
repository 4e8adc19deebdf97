"""Build a run's card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl_tasks.deliver.card.certainty import certainty_section
from automl_tasks.deliver.card.data import data_section
from automl_tasks.deliver.card.groups import fairness_section
from automl_tasks.deliver.card.html import as_html
from automl_tasks.deliver.card.lineage import limits_section, lineage_section
from automl_tasks.deliver.card.markdown import as_markdown
from automl_tasks.deliver.card.page import Page
from automl_tasks.deliver.card.quality import (
    cost_section,
    quality_section,
    quality_sentence,
    search_section,
)
from automl_tasks.deliver.card.reasons import reasons_section
from automl_tasks.deliver.card.sources import Sources, read_sources

if TYPE_CHECKING:
    from automl_tasks.store import Store

__all__ = ["ModelCard", "build_card"]


@dataclass(frozen=True)
class ModelCard:
    """The card of a run: the same content twice.

    Attributes
    ----------
    summary
        What it predicts, and how well, in a few sentences.
    """

    summary: str
    html: str
    markdown: str


def build_card(store: Store, name: str, run: str) -> ModelCard:
    """Write a run's card to ``NAME/runs/RUN/card.html`` and ``card.md``, and return it.

    It holds no row of the data: names of columns, aggregates, and values that at least ten rows
    share.

    Raises
    ------
    PackageError
        Naming the stage of the run that has not finished.
    """
    sources = read_sources(store, name, run)
    page = _page(sources)
    card = ModelCard(" ".join(page.summary), as_html(page), as_markdown(page))
    for suffix, text in (("html", card.html), ("md", card.markdown)):
        store.write_bytes(f"{name}/runs/{run}/card.{suffix}", text.encode())
    return card


def _page(sources: Sources) -> Page:
    from automl_tasks.features import feature_columns

    plan = sources.facts.plan
    kind = {
        "binary": "which of two classes",
        "multiclass": f"which of {len(plan.classes or ())} classes",
        "regression": "the value",
    }[plan.task]
    purpose = plan.problem.description.rstrip(".")
    summary = [f"{purpose}."] if purpose else []
    features = len(feature_columns(plan.roles))
    summary += [
        f"It predicts {kind}: the column {plan.problem.target}, from {features} columns. "
        f"It was trained on {sources.facts.candidate.train_rows:,} rows.",
        quality_sentence(sources),
    ]
    return Page(
        f"Model card: {plan.problem.name}",
        summary,
        [
            quality_section(sources),
            certainty_section(sources),
            reasons_section(sources),
            fairness_section(sources),
            cost_section(sources),
            search_section(sources),
            data_section(sources),
            limits_section(sources),
            lineage_section(sources),
        ],
    )
