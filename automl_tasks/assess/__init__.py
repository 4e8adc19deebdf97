"""How good a candidate is, on rows that no trial has seen, and what it costs to run."""

from automl_tasks.assess.assessment import Assessment, assess, load_assessment
from automl_tasks.assess.fairness import Fairness
from automl_tasks.assess.intervals import Interval
from automl_tasks.assess.reliability import Reliability

__all__ = ["Assessment", "Fairness", "Interval", "Reliability", "assess", "load_assessment"]
