"""Learning from recorded searches: which configuration next, for this table and these seconds."""

from automl_tasks.meta.forest import ForestSampler, Observation, Proposal
from automl_tasks.meta.keys import configuration_key, table_fingerprint
from automl_tasks.meta.knowledge import Knowledge, Known, Recorded, Result, append_run
from automl_tasks.meta.matrix import Matrix, Size
from automl_tasks.meta.metafeatures import describe_table
from automl_tasks.meta.order import Finished, Portfolio, Suggestion, gain_per_second
from automl_tasks.meta.prior import prior_seconds
from automl_tasks.meta.space import Choice, Number, Space
from automl_tasks.meta.spaces import SPACES

__all__ = [
    "SPACES",
    "Choice",
    "Finished",
    "ForestSampler",
    "Knowledge",
    "Known",
    "Matrix",
    "Number",
    "Observation",
    "Portfolio",
    "Proposal",
    "Recorded",
    "Result",
    "Size",
    "Space",
    "Suggestion",
    "append_run",
    "configuration_key",
    "describe_table",
    "gain_per_second",
    "prior_seconds",
    "table_fingerprint",
]
