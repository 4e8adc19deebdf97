"""Who is told when a task fails for good: the store's alerts, and people by e-mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from automl_tasks.problem import Problem

__all__ = ["failure_callbacks", "record_failure"]

Callback = Callable[[Any], None]


def failure_callbacks(problem: Problem) -> list[Callback]:
    """Callbacks of a task's last failure."""
    return [record_failure, *_mail(problem)]


def record_failure(context: Any) -> None:
    """Put a failed task's reason among the problem's alerts."""
    from automl_tasks.errors import DataError, NightshiftError
    from automl_tasks.settings import current_settings
    from automl_tasks.store import open_store
    from automl_tasks.store.alerts import raise_alert

    instance, error = context["ti"], context.get("exception")
    # Only our own messages are known to hold no data and no secrets.
    reason = (
        str(error) if isinstance(error, NightshiftError) else f"{type(error).__name__}, see log"
    )
    refused = instance.task_id == "validate" and isinstance(error, DataError)
    raise_alert(
        open_store(current_settings().store_url),
        instance.dag_id.partition(".")[0],
        "quarantine" if refused else "failed",
        f"{instance.dag_id}, task {instance.task_id}: {reason}",
        f"failed-{instance.dag_id}-{instance.run_id}-{instance.task_id}",
    )


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
