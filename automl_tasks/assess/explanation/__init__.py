"""Why a run's model answers as it does, and why it won: on rows that no trial has seen."""

from automl_tasks.assess.explanation.background import background_json
from automl_tasks.assess.explanation.explaining import explain_run
from automl_tasks.assess.explanation.report import (
    ColumnImportance,
    Explanation,
    load_explanation,
)
from automl_tasks.assess.explanation.subject import columns_read

__all__ = [
    "ColumnImportance",
    "Explanation",
    "background_json",
    "columns_read",
    "explain_run",
    "load_explanation",
]
