"""What all DAGs have in common: naming, documentation, retries, alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, ExceptionRetryPolicy, Param, RetryAction, RetryRule

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


@contextmanager
def nightshift_dag(
    problem: Problem,
    kind: str,
    purpose: str,
    schedule: Any,
    *,
    form: Mapping[str, Param] | None = None,
    max_active_runs: int = 1,
) -> Iterator[None]:
    """Make a DAG of a problem; tasks that are called inside belong to it.

    Parameters
    ----------
    purpose
        What it does and when, for a person in Airflow's page (Markdown).
    form
        Fields of a run that is started by hand.
    """
    with DAG(
        f"{problem.name}.{kind}",
        schedule=schedule,
        doc_md=_document(problem, purpose),
        tags=["nightshift", problem.name],
        catchup=False,
        max_active_runs=max_active_runs,
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
    ) as dag:
        yield
    # Last, for every task would get a copy, and Airflow would check each at every parse.
    dag.params.update(form or {})


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
