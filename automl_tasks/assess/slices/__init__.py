"""In which slices of the rows a model does worse than elsewhere."""

from automl_tasks.assess.slices.cutting import cut_slices
from automl_tasks.assess.slices.multiplicity import benjamini_hochberg
from automl_tasks.assess.slices.row_losses import learned_losses, loss_name, row_losses
from automl_tasks.assess.slices.worst import Slice, Slices, worst_slices

__all__ = [
    "Slice",
    "Slices",
    "benjamini_hochberg",
    "cut_slices",
    "learned_losses",
    "loss_name",
    "row_losses",
    "worst_slices",
]
