"""The gate between validation and everything after it."""

from __future__ import annotations

from automl_tasks.errors import DataError
from automl_tasks.store import Store
from automl_tasks.validate.result import ValidationResult
from automl_tasks.validate.suite import suite_key

__all__ = ["remedy", "require_accepted"]


def require_accepted(result: ValidationResult, name: str, store: Store) -> None:
    """Stop unless a snapshot of the problem `name` was accepted.

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
        where=f"{name}, snapshot {result.snapshot}",
        remedy=remedy(name, store),
    )


def remedy(name: str, store: Store) -> str:
    """What a person can do about data in quarantine."""
    return (
        "Correct the data at the source. If the change is meant, edit or delete "
        f"{store.path(suite_key(name))}. Then: nightshift prepare {name}"
    )
