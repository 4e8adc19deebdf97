"""Watches the champion: predictions meet their labels, and a decision follows.

`score_new_rows` logs predictions, `check` judges them once labels have matured and decides whether
to search again, `write_report` draws what a person opens.
"""

from automl_tasks.monitor.checking import check
from automl_tasks.monitor.decision import Decision
from automl_tasks.monitor.identity import known_rows
from automl_tasks.monitor.ledger import history, load_decision, served_predictions
from automl_tasks.monitor.report import write_report
from automl_tasks.monitor.scoring import ScoreResult, score_new_rows

__all__ = [
    "Decision",
    "ScoreResult",
    "check",
    "history",
    "known_rows",
    "load_decision",
    "score_new_rows",
    "served_predictions",
    "write_report",
]
