"""From a snapshot to a candidate: plan, trials in child processes, ensemble, refit."""

from automl_tasks.search.candidate import (
    Candidate,
    Member,
    build_candidate,
    load_candidate,
)
from automl_tasks.search.holdout_table import holdout_prediction
from automl_tasks.search.member import SavedCandidate
from automl_tasks.search.metrics import (
    METRICS,
    MetricInfo,
    check_metric,
    default_metric,
    loss,
    metrics_of,
    score,
)
from automl_tasks.search.plan import Plan, load_labels, load_plan
from automl_tasks.search.planning import make_plan
from automl_tasks.search.replay import replay_run
from automl_tasks.search.split import Split, split_rows
from automl_tasks.search.worker import SearchSummary, hire, run_worker

__all__ = [
    "METRICS",
    "Candidate",
    "Member",
    "MetricInfo",
    "Plan",
    "SavedCandidate",
    "SearchSummary",
    "Split",
    "build_candidate",
    "check_metric",
    "default_metric",
    "hire",
    "holdout_prediction",
    "load_candidate",
    "load_labels",
    "load_plan",
    "loss",
    "make_plan",
    "metrics_of",
    "replay_run",
    "run_worker",
    "score",
    "split_rows",
]
