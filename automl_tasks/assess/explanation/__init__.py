"""Why a run's model answers as it does, and why it won: on rows that no trial has seen."""

from automl_tasks.assess.explanation.ablation import Without
from automl_tasks.assess.explanation.background import background_json
from automl_tasks.assess.explanation.effects import Effect
from automl_tasks.assess.explanation.explaining import explain_run
from automl_tasks.assess.explanation.report import (
    ColumnImportance,
    Explanation,
    explanation_key,
    load_explanation,
)
from automl_tasks.assess.explanation.subject import columns_read
from automl_tasks.assess.explanation.surrogate import Surrogate

__all__ = [
    "ColumnImportance",
    "Effect",
    "Explanation",
    "Surrogate",
    "Without",
    "background_json",
    "columns_read",
    "explain_run",
    "explanation_key",
    "load_explanation",
]
