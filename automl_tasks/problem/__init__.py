"""The problem file: one YAML that an owner writes, one typed model, every default in one place."""

from automl_tasks.problem.loading import load_problem
from automl_tasks.problem.model import (
    Budget,
    Constraints,
    FairnessMeasure,
    FairnessPolicy,
    FileSource,
    Metric,
    MonitorPolicy,
    Notify,
    Problem,
    Role,
    Source,
    SqlSource,
    Task,
)
from automl_tasks.problem.schema import problem_schema

__all__ = [
    "Budget",
    "Constraints",
    "FairnessMeasure",
    "FairnessPolicy",
    "FileSource",
    "Metric",
    "MonitorPolicy",
    "Notify",
    "Problem",
    "Role",
    "Source",
    "SqlSource",
    "Task",
    "load_problem",
    "problem_schema",
]
