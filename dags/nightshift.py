"""Builds five DAGs for every problem file: prepare, search, promote, score and monitor.

The tasks only call the stages of `automl_tasks` and pass ids on; everything else is in the store.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable
from nightshift_airflow import asset, nightshift_dag, problems_to_parse, tasks
from nightshift_airflow.forms import promote_form, search_form

from automl_tasks.problem import Problem

REJECT = "Reject"
JUST_MISSED = timedelta(minutes=5)


def nightly(cron: str) -> CronTriggerTimetable:
    """A schedule in UTC whose first run waits for its time.

    By default Airflow 3.3 runs at once what was due within the last tenth of the interval: a first
    start at four in the morning would run the night of two o'clock.
    """
    return CronTriggerTimetable(cron, timezone="UTC", run_immediately=JUST_MISSED)


def prepare_dag(problem: Problem) -> None:
    """ingest, validate, publish."""
    purpose = (
        "Copies the source to a snapshot, checks it and publishes it. Unchanged data: skipped."
    )
    schedule = nightly(problem.schedule) if problem.schedule else None
    with nightshift_dag(problem, "prepare", purpose, schedule):
        accepted = tasks.validate(problem.name, tasks.ingest(problem.name))
        tasks.publish.override(outlets=[asset(problem, "snapshot")])(problem.name, accepted)


def search_dag(problem: Problem) -> None:
    """plan, search in parallel, ensemble, assess, explain, package, register."""
    name = problem.name
    purpose = (
        "Searches for a better model whenever a snapshot is published, when the monitor asks for "
        "it, or by hand with a form. A worker that is killed goes on where it stopped."
    )
    schedule = [asset(problem, "snapshot")]
    with nightshift_dag(problem, "search", purpose, schedule, form=search_form(problem)):
        planned = tasks.plan(name)
        # The search keeps its own time: see time_limit.
        worker = tasks.search.override(execution_timeout=None).partial(name=name, plan=planned)
        searched = worker.expand(worker=list(range(problem.budget.workers)))
        ensembled = tasks.ensemble(name, planned["run"])
        assessed = tasks.assess(name, ensembled)
        packaged = tasks.package(name, tasks.explain(name, assessed))
        tasks.register.override(outlets=[asset(problem, "challenger")])(name, packaged)
        searched >> ensembled


def promote_dag(problem: Problem) -> None:
    """The gate, an approver where the problem asks for one, and the aliases; or a rollback."""
    name = problem.name
    purpose = (
        "Lets the gate decide whether the challenger becomes champion. By hand: judge a version, "
        "or roll back to an earlier one."
    )
    champion = asset(problem, "champion")
    # A request that waits for its approver does not hold up the next one.
    waiting = 8 if problem.promotion == "approval" else 1
    form, schedule = promote_form(), [asset(problem, "challenger")]
    with nightshift_dag(problem, "promote", purpose, schedule, form=form, max_active_runs=waiting):
        tasks.rollback.override(outlets=[champion])(name)
        decide = tasks.promote.override(outlets=[champion])
        if problem.promotion == "auto":
            decide(name)
            return
        judged = tasks.gate(name)
        approval = HITLOperator(
            task_id="approval",
            subject=f"Make {name} version {{{{ ti.xcom_pull('gate')['version'] }}}} the champion?",
            body="{{ ti.xcom_pull('gate')['evidence'] }}",
            options=[tasks.APPROVE, REJECT],
            defaults=REJECT,
            response_timeout=timedelta(days=3),
            execution_timeout=None,
        )
        judged >> approval
        decide(name, answer=approval.output, version=judged["version"])


def score_dag(problem: Problem) -> None:
    """Predict new rows with the champion."""
    purpose = "Predicts rows that the champion has not seen, and logs them for the monitor."
    schedule = asset(problem, "champion") | asset(problem, "snapshot")
    with nightshift_dag(problem, "score", purpose, schedule):
        tasks.score.override(outlets=[asset(problem, "predictions")])(problem.name)


def monitor_dag(problem: Problem) -> None:
    """check, and then search again or not; report."""
    purpose = (
        "Compares the champion's predictions with the labels that have matured since. When it has "
        "degraded, starts the search with the reason."
    )
    schedule: Any = [asset(problem, "predictions")]
    if problem.schedule:
        # Labels mature on days without new rows, too.
        schedule = AssetOrTimeSchedule(timetable=nightly(problem.schedule), assets=schedule)
    with nightshift_dag(problem, "monitor", purpose, schedule):
        checked = tasks.check(problem.name)
        TriggerDagRunOperator.partial(
            task_id="retrain",
            trigger_dag_id=f"{problem.name}.search",
            logical_date=None,
            skip_when_already_exists=True,
            fail_when_dag_is_paused=True,
        ).expand_kwargs(checked)
        tasks.report(problem.name, checked["decision"])


for each in problems_to_parse():
    for build in (prepare_dag, search_dag, promote_dag, score_dag, monitor_dag):
        build(each)
