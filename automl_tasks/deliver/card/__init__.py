"""The model card: one page for a person who was not there, as HTML and as Markdown."""

from automl_tasks.deliver.card.build import ModelCard, build_card

__all__ = ["ModelCard", "build_card"]
