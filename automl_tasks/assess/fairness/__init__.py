"""How a model treats the groups of the protected columns."""

from automl_tasks.assess.fairness.disparity import Disparity
from automl_tasks.assess.fairness.proxies import Proxy
from automl_tasks.assess.fairness.report import Fairness, fairness_of
from automl_tasks.assess.fairness.tally import Group, Judged, Quantity

__all__ = ["Disparity", "Fairness", "Group", "Judged", "Proxy", "Quantity", "fairness_of"]
