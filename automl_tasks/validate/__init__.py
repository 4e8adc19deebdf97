"""Expectations: inferred from the first snapshot, checked on every one, gate to all the rest."""

from automl_tasks.validate.checking import validate_snapshot
from automl_tasks.validate.result import Failure, ValidationResult

__all__ = ["Failure", "ValidationResult", "validate_snapshot"]
