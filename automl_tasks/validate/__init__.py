"""Expectations: inferred from the first snapshot, checked on every one, gate to all the rest."""

from automl_tasks.validate.accepting import require_accepted
from automl_tasks.validate.checking import validate_snapshot
from automl_tasks.validate.result import Failure, ValidationResult

__all__ = ["Failure", "ValidationResult", "require_accepted", "validate_snapshot"]
