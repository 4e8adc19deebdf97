"""The gate between validation and everything after it."""

from __future__ import annotations

from automl_tasks.errors import DataError
from automl_tasks.validate.result import ValidationResult

__all__ = ["require_accepted"]


def require_accepted(result: ValidationResult) -> None:
    """Stop unless a snapshot was accepted.

    Raises
    ------
    DataError
        When it is in quarantine; with the critical reasons.
    """
    if result.status != "quarantine":
        return
    reasons = [each.message for each in result.failures if each.severity == "critical"]
    raise DataError(
        f"in quarantine: {'; '.join(reasons)}",
        where=f"snapshot {result.snapshot}",
        remedy="Mend the source, or edit expectations.json if the data are right",
    )
