"""Who is told when a task fails for good: the store's alerts, and people by e-mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from automl_tasks.problem import Problem

__all__ = ["failure_callbacks", "record_failed_run"]

Callback = Callable[[Any], None]


def failure_callbacks(problem: Problem) -> list[Callback]:
    """Callbacks of a task's last failure."""
    return [_record_failed_task, *_mail(problem)]


def record_failed_run(context: Any) -> None:
    """Put a failed run among the problem's alerts, unless one of its tasks has said why.

    A task that is killed at its last attempt cannot call anything itself.
    """
    _alert(context["dag"].dag_id, context["run_id"], "failed", "the run failed, see its log")


def _record_failed_task(context: Any) -> None:
    from automl_tasks.errors import DataError, NightshiftError

    instance, error = context["ti"], context.get("exception")
    refused = instance.task_id == "validate" and isinstance(error, DataError)
    # Only our own messages are known to hold no data and no secrets.
    reason = (
        str(error) if isinstance(error, NightshiftError) else f"{type(error).__name__}, see log"
    )
    kind, message = "quarantine" if refused else "failed", f"task {instance.task_id}: {reason}"
    _alert(instance.dag_id, instance.run_id, kind, message)


def _alert(dag: str, run: str, kind: str, message: str) -> None:
    """One alert a run."""
    from automl_tasks.settings import current_settings
    from automl_tasks.store import open_store
    from automl_tasks.store.alerts import failed_run_key, raise_alert

    store, problem = open_store(current_settings().store_url), dag.partition(".")[0]
    raise_alert(store, problem, kind, f"{dag}, {message}", failed_run_key(dag, run))


def _mail(problem: Problem) -> list[Callback]:
    if not problem.notify.email:
        return []
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    return [
        SmtpNotifier(
            to=list(problem.notify.email),
            subject="Nightshift: {{ ti.dag_id }}, task {{ ti.task_id }} failed",
            html_content="<p>Run {{ run_id }}</p><pre>{{ exception | e }}</pre>",
        )
    ]
