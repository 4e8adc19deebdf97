"""Why a run's model answers as it does, and why it won: on rows that no trial has seen."""

from automl_tasks.assess.explanation.background import background_json
from automl_tasks.assess.explanation.subject import columns_read

__all__ = ["background_json", "columns_read"]
