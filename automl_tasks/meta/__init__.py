"""Learning from recorded searches: which configuration next, for this table and these seconds."""

from automl_tasks.meta.forest import ForestSampler, Observation, Proposal
from automl_tasks.meta.matrix import Matrix, Size
from automl_tasks.meta.metafeatures import describe_table
from automl_tasks.meta.order import Finished, Portfolio, Suggestion
from automl_tasks.meta.space import Choice, Number, Space

__all__ = [
    "Choice",
    "Finished",
    "ForestSampler",
    "Matrix",
    "Number",
    "Observation",
    "Portfolio",
    "Proposal",
    "Size",
    "Space",
    "Suggestion",
    "describe_table",
]
