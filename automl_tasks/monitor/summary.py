"""What is stored of drift: one entry per column, and what they say together."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from automl_tasks.monitor.freshness import Freshness

__all__ = ["ColumnDrift", "DriftSummary"]


class ColumnDrift(BaseModel):
    """How one column differs.

    Attributes
    ----------
    kind
        ``unknown`` when the column could not be compared; that never reads "no drift".
    effect
        Population stability index less what sampling alone gives, at least 0; 0.1 is a moderate
        shift, 0.25 a large one. The largest of its tests.
    p_value
        Of values (Kolmogorov-Smirnov or chi-squared), missingness and, for text, length and words;
        adjusted for their number.
    adjusted
        `p_value` after Benjamini-Hochberg over all columns.
    drifted
        It differs, and the champion uses it.
    hardly_used
        It differs, but the champion hardly uses it: no reason for an alarm.
    importance
        Share of what the champion gives all columns; None when nobody said.
    effective_rows
        Independent rows that the current ones are worth.
    unseen
        Of text, the share of its words that the reference lacks.
    why
        Why it is unknown.
    """

    model_config = ConfigDict(frozen=True)

    column: str
    kind: Literal["numeric", "categorical", "text", "unknown"]
    effect: float | None = None
    p_value: float | None = None
    adjusted: float | None = None
    drifted: bool = False
    hardly_used: bool = False
    importance: float | None = None
    effective_rows: float | None = None
    unseen: float | None = None
    why: str = ""


class DriftSummary(BaseModel):
    """All columns, the most drifted first.

    Attributes
    ----------
    used_share
        Share of importance of the columns that differ, hardly used ones too; None when nobody gave
        importances.
    freshness
        Of the columns of dates.
    """

    model_config = ConfigDict(frozen=True)

    reference_rows: int
    current_rows: int
    columns: list[ColumnDrift]
    used_share: float | None = None
    freshness: list[Freshness] = []

    @property
    def drifted(self) -> list[str]:
        """Names of the drifted columns that the champion uses, the largest effect first."""
        return [each.column for each in self.columns if each.drifted]

    @property
    def hardly_used(self) -> list[str]:
        """Names of the drifted columns that it hardly uses."""
        return [each.column for each in self.columns if each.hardly_used]

    @property
    def unknown(self) -> list[str]:
        """Names of the columns that could not be compared."""
        return [each.column for each in self.columns if each.kind == "unknown"]
