"""How a model treats the groups of the protected columns."""

from automl_tasks.assess.fairness.disparity import Disparity
from automl_tasks.assess.fairness.proxies import Proxy
from automl_tasks.assess.fairness.report import Fairness, fairness_of
from automl_tasks.assess.fairness.tally import Estimate, Group, Judged

__all__ = ["Disparity", "Estimate", "Fairness", "Group", "Judged", "Proxy", "fairness_of"]
