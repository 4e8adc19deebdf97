"""What a validation says: small, JSON, and readable without Great Expectations."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["Failure", "Severity", "Status", "ValidationResult"]

Severity = Literal["critical", "warning", "info"]
Status = Literal["pass", "warn", "quarantine"]


class Failure(BaseModel):
    """An expectation that the data do not meet.

    Attributes
    ----------
    observed
        What the data hold, in short.
    message
        One sentence that names the column and, where it helps, the first row (counted from 1).
    """

    model_config = ConfigDict(frozen=True)

    expectation: str
    column: str | None
    severity: Severity
    observed: str
    message: str


class ValidationResult(BaseModel):
    """Result of checking one snapshot.

    Attributes
    ----------
    status
        quarantine when a critical expectation failed, warn when another one did.
    checked
        Number of expectations.
    first
        Whether the suite was inferred from this snapshot.
    """

    model_config = ConfigDict(frozen=True)

    snapshot: str
    status: Status
    checked: int
    failures: list[Failure]
    first: bool
