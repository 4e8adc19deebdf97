"""What all DAGs have in common: naming, documentation, retries, alerts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, ExceptionRetryPolicy, RetryAction, RetryRule

from automl_tasks.errors import TerminalError
from automl_tasks.problem import Problem
from nightshift_airflow.alerts import failure_callbacks, record_failed_run

__all__ = ["asset", "nightshift_dag"]

_RETRY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=TerminalError,
            action=RetryAction.FAIL,
            reason="Running again changes nothing: a person must act",
        )
    ]
)


def asset(problem: Problem, kind: str) -> Asset:
    """The asset ``nightshift://NAME/KIND``."""
    uri = f"nightshift://{problem.name}/{kind}"
    return Asset(name=uri, uri=uri, group="nightshift")


def nightshift_dag(
    problem: Problem, kind: str, purpose: str, schedule: Any, **arguments: Any
) -> DAG:
    """A DAG of a problem, ready to be entered.

    Parameters
    ----------
    purpose
        What it does and when, for a person in Airflow's page (Markdown).
    arguments
        Those of Airflow's ``DAG`` that differ from DAG to DAG.
    """
    settings = {"max_active_runs": 1, **arguments}
    return DAG(
        f"{problem.name}.{kind}",
        schedule=schedule,
        doc_md=_document(problem, purpose),
        tags=["nightshift", problem.name],
        catchup=False,
        is_paused_upon_creation=False,
        on_failure_callback=record_failed_run,
        default_args={
            "owner": problem.owner,
            "retries": 3,
            "retry_delay": timedelta(seconds=5),
            "retry_exponential_backoff": 3.0,
            "max_retry_delay": timedelta(minutes=10),
            "retry_policy": _RETRY,
            "execution_timeout": timedelta(hours=2),
            "on_failure_callback": failure_callbacks(problem),
        },
        **settings,
    )


def _document(problem: Problem, purpose: str) -> str:
    facts = {
        "Target": f"`{problem.target}`",
        "Metric": problem.metric or "by task: rmse, roc_auc or log_loss",
        "Nightly run": f"`{problem.schedule}` (UTC)" if problem.schedule else "only by hand",
        "Budget of a search": f"{problem.budget.minutes:g} minutes, "
        f"{problem.budget.workers} worker(s)",
        "Retraining": problem.retrain.replace("_", " "),
        "Promotion": problem.promotion,
    }
    lines = [f"| {key} | {value} |" for key, value in facts.items()]
    table = "\n".join(["| | |", "|---|---|", *lines])
    return f"### {problem.name}\n\n{problem.description}\n\n{purpose}\n\n{table}\n"
