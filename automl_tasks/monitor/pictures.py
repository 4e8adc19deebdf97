"""Evidently's table of drawings, with the verdicts of a decision in place of its own.

Importing it imports Evidently, which takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from evidently.core.container import MetricContainer, MetricOrContainer
from evidently.core.report import Context, _default_input_data_generator
from evidently.legacy.metrics import DataDriftTable
from evidently.legacy.model.widget import BaseWidgetInfo

__all__ = ["Pictures"]

# Evidently needs a test to draw; what it finds is left out.
_TEST = "psi"
_ROWS_A_PAGE = 50
_DRAWN = ("reference_distribution", "current_distribution")
_TABS = {"DATA DRIFT": "Means, oldest rows first", "DATA DISTRIBUTION": "Distributions"}


class Pictures(MetricContainer):  # type: ignore[misc]  # Evidently is not typed
    """A row for each column: its distributions then and now, and what the decision says of it.

    Attributes
    ----------
    said
        For each row, in this order, what stands under each heading; the first is the column.
    """

    __alias_type__: ClassVar[str] = "nightshift_pictures"

    said: list[dict[str, str]]

    def __init__(self, said: list[dict[str, str]]) -> None:
        super().__init__(include_tests=False, said=said)

    def generate_metrics(self, _context: Context) -> Sequence[MetricOrContainer]:
        """None: what Evidently would measure decides nothing."""
        return []

    def render(self, context: Context, _child_widgets: Any = None) -> list[BaseWidgetInfo]:
        """The table."""
        metric = DataDriftTable(stattest=_TEST)
        _, widgets = context.get_legacy_metric(metric, _default_input_data_generator, None)
        table = widgets[-1]
        drawn = {row["column_name"]: row for row in table.params["data"]}
        named = {each["field"]: each for each in table.params["columns"]}
        column, *verdicts = self.said[0]
        table.title = ""
        table.params["rowsPerPage"] = min(len(self.said), _ROWS_A_PAGE)
        table.params["columns"] = [
            {"title": column, "field": column},
            named[_DRAWN[0]] | {"title": "Training rows"},
            named[_DRAWN[1]] | {"title": "Newest rows"},
            *({"title": name, "field": name} for name in verdicts),
        ]
        table.params["data"] = [
            {key: drawn[row[column]][key] for key in _DRAWN}
            | row
            | {"details": _renamed(drawn[row[column]]["details"])}
            for row in self.said
        ]
        return [table]


def _renamed(details: dict[str, Any]) -> dict[str, Any]:
    parts = [part | {"title": _TABS[part["title"]]} for part in details["parts"]]
    return {"parts": parts}
