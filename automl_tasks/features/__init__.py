"""Column roles, preprocessing and feature engineering, fitted inside each fold only."""

from __future__ import annotations

from .blind import BlindSteps
from .leaks import find_leaks, tell_apart
from .mandatory import check_steps
from .pipeline import FeaturePipeline
from .recipes import looks_at_target
from .roles import feature_columns, infer_roles
from .target import TargetCodec
from .task import infer_task, usable_rows

__all__ = [
    "BlindSteps",
    "FeaturePipeline",
    "TargetCodec",
    "check_steps",
    "feature_columns",
    "find_leaks",
    "infer_roles",
    "infer_task",
    "looks_at_target",
    "tell_apart",
    "usable_rows",
]
