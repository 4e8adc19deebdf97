"""Expectations of whole tables that Great Expectations has only column by column.

A table of 2,000 columns would need 6,000 of its expectations, which takes minutes. Importing
this module imports Great Expectations, which takes seconds: import it where it is used.
"""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.expectations.expectation import BatchExpectation

from automl_tasks.validate.kinds import empty_columns, infinite_columns, mistyped_columns

__all__ = ["ExpectColumnsToBeOfKinds", "ExpectColumnsToHoldValues", "ExpectNumbersToBeFinite"]


class _TableExpectation(BatchExpectation):  # type: ignore[misc]
    """Succeeds when `failing` finds no column."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)

    def failing(self, frame: Any) -> list[str]:
        """Names of the columns that fail."""
        raise NotImplementedError

    def _validate(
        self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        del metrics, runtime_configuration  # the whole frame is judged
        columns = self.failing(execution_engine.batch_manager.active_batch_data.dataframe)
        return {"success": not columns, "result": {"observed_value": columns}}


class ExpectColumnsToBeOfKinds(_TableExpectation):
    """Each column holds what it held before: numbers, dates or texts."""

    kinds: dict[str, str]
    success_keys: ClassVar[tuple[str, ...]] = ("kinds",)

    def failing(self, frame: Any) -> list[str]:
        return mistyped_columns(frame, self.kinds)


class ExpectNumbersToBeFinite(_TableExpectation):
    """No infinite value in any of the columns."""

    columns: list[str]
    success_keys: ClassVar[tuple[str, ...]] = ("columns",)

    def failing(self, frame: Any) -> list[str]:
        return list(infinite_columns(frame, self.columns))


class ExpectColumnsToHoldValues(_TableExpectation):
    """No column is entirely missing."""

    columns: list[str]
    success_keys: ClassVar[tuple[str, ...]] = ("columns",)

    def failing(self, frame: Any) -> list[str]:
        return empty_columns(frame, self.columns)
