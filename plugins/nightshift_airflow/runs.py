"""What the tasks' bodies share: the problem and store, the run's name, skipping with a reason."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any, NoReturn

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem, load_problem
from automl_tasks.settings import current_settings, problem_files
from automl_tasks.store import Store, open_store

__all__ = ["check_conf", "nightshift_run", "open_problem", "skip", "time_limit"]

log = logging.getLogger(__name__)


def open_problem(name: str) -> tuple[Problem, Store]:
    """The problem as its file says now, and the store."""
    settings = current_settings()
    files = problem_files(settings)
    if name not in files:
        folders = ", ".join(map(str, settings.problem_folders))
        raise ProblemError(f"there is no {name}.yaml any more", where=folders)
    return load_problem(files[name]), open_store(settings.store_url)


def nightshift_run(airflow_run_id: str) -> str:
    """Name of the search run in the store: the same for every attempt of an Airflow run."""
    nightly = airflow_run_id.replace("asset_triggered__", "nightly__", 1)
    return re.sub(r"[^A-Za-z0-9_.-]", "-", nightly)


def check_conf(conf: Mapping[str, Any] | None, known: Collection[str]) -> None:
    """Refuse a key that no form field has; Airflow would accept and ignore it.

    Raises
    ------
    ProblemError
        Naming the key and the valid ones.
    """
    unknown = sorted(set(conf or {}) - set(known))
    if unknown:
        raise ProblemError(
            f"unknown key {unknown[0]!r}",
            where="configuration of this run",
            remedy=f"Valid keys are {', '.join(sorted(known))}",
        )


def skip(instance: Any, reason: str) -> NoReturn:
    """Skip this task and what follows it; the reason is in the log and in the XCom ``skipped``."""
    from airflow.sdk.exceptions import AirflowSkipException

    # Airflow logs that a task is skipped, and not why.
    log.info("Skipped: %s", reason)
    instance.xcom_push(key="skipped", value=reason)
    raise AirflowSkipException(reason)


def time_limit(budget_seconds: float) -> AbstractContextManager[None]:
    """End a search that hangs: half as long again as its budget, and five minutes.

    The budget may come from the form, so a fixed ``execution_timeout`` would not do.
    """
    from airflow.sdk.execution_time.timeout import timeout

    limit: AbstractContextManager[None] = timeout(
        1.5 * budget_seconds + 300, error_message="The search hung past its budget"
    )
    return limit
