"""The tasks: each calls one stage of `automl_tasks` and returns ids; the data are in the store."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import task

from nightshift_airflow.connections import airflow_connection
from nightshift_airflow.runs import check_conf, nightshift_run, open_problem, skip, time_limit

if TYPE_CHECKING:
    from automl_tasks.deliver.promotion import Promotion

__all__ = [
    "APPROVE",
    "assess",
    "check",
    "ensemble",
    "explain",
    "gate",
    "ingest",
    "package",
    "plan",
    "promote",
    "publish",
    "register",
    "report",
    "rollback",
    "score",
    "search",
    "validate",
]

APPROVE = "Approve"

log = logging.getLogger(__name__)


@task
def ingest(name: str) -> str:
    """Copy the source to an immutable snapshot."""
    from automl_tasks.ingest import take_snapshot

    problem, store = open_problem(name)
    return take_snapshot(problem, store, airflow_connection).id


@task
def validate(name: str, snapshot: str) -> str:
    """Check the snapshot; failing data are quarantined and nothing below runs."""
    from automl_tasks.ingest import load_snapshot
    from automl_tasks.validate import require_accepted, validate_snapshot

    problem, store = open_problem(name)
    result = validate_snapshot(problem, store, load_snapshot(store, name, snapshot))
    require_accepted(result, name, store)
    return snapshot


@task
def publish(name: str, snapshot: str, ti: Any = None) -> str:
    """Make the snapshot the current one."""
    from automl_tasks.ingest import load_snapshot
    from automl_tasks.ingest import publish as publish_snapshot

    _, store = open_problem(name)
    changed = publish_snapshot(store, load_snapshot(store, name, snapshot))
    # A second attempt may follow one that published and died before Airflow heard of it.
    if not changed and ti.try_number == 1:
        skip(ti, f"snapshot {snapshot} is the current one already: the data have not changed")
    return snapshot


@task
def plan(
    name: str, params: Any = None, dag_run: Any = None, dag: Any = None, ti: Any = None
) -> dict[str, Any]:
    """Resolve the problem and decide what is tried, unless no search is wanted now."""
    from automl_tasks.deliver import champion
    from automl_tasks.ingest import current_snapshot
    from automl_tasks.search import make_plan

    check_conf(dag_run.conf, dag.params)
    problem, store = open_problem(name)
    by_asset = dag_run.run_type == "asset_triggered"
    if by_asset and problem.retrain == "when_degraded" and champion(name):
        skip(ti, "a champion exists, and the problem says retrain: when_degraded")
    made = make_plan(
        problem,
        store,
        current_snapshot(store, name).id,
        nightshift_run(dag_run.run_id),
        minutes=params["minutes"],
        metric=params["metric"],
        reason=params["reason"] or ("new data" if by_asset else "started by hand"),
        window_rows=params["window_rows"],
    )
    return {"run": made.run, "snapshot": made.snapshot, "budget_seconds": made.budget_seconds}


@task(map_index_template="worker {{ task.op_kwargs['worker'] }}")
def search(name: str, plan: dict[str, Any], worker: int) -> dict[str, Any]:
    """Run trials until the budget or the plan ends; a second attempt goes on with what is there."""
    from automl_tasks.search import run_worker

    _, store = open_problem(name)
    with time_limit(plan["budget_seconds"]):
        summary = run_worker(store, name, plan["run"], worker)
    return {"trials": summary.trials, "best": summary.best, "metric": summary.metric}


@task
def ensemble(name: str, run: str) -> str:
    """Weigh the trials against each other and save those that take part."""
    from automl_tasks.search import build_candidate

    build_candidate(open_problem(name)[1], name, run)
    return run


@task
def assess(name: str, run: str) -> str:
    """Measure the candidate on rows that the search has not seen."""
    from automl_tasks.assess import assess as assess_candidate

    assess_candidate(open_problem(name)[1], name, run)
    return run


@task
def explain(name: str, run: str) -> str:
    """Find out why the candidate answers as it does."""
    from automl_tasks.assess.explanation import explain_run
    from automl_tasks.store.alerts import raise_alert

    _, store = open_problem(name)
    try:
        explain_run(store, name, run)
    except Exception as error:
        # A model that nobody can explain today may still be the better one: its card says so.
        log.exception("run %s could not be explained", run)
        reason = f"run {run} could not be explained ({type(error).__name__}), see the task's log"
        raise_alert(store, name, "failed", reason, f"explain-{run}")
    return run


@task
def package(name: str, run: str) -> str:
    """Build the package that a consumer loads."""
    from automl_tasks.deliver import build_package

    build_package(open_problem(name)[1], name, run)
    return run


@task
def register(name: str, run: str, params: Any = None, ti: Any = None) -> int:
    """Register the package in MLflow as challenger."""
    from automl_tasks.deliver import register as register_package

    if params["dry_run"]:
        skip(ti, "dry run: nothing is registered")
    return register_package(open_problem(name)[1], name, run).version


@task
def rollback(
    name: str, params: Any = None, dag_run: Any = None, dag: Any = None, ti: Any = None
) -> int:
    """Put an earlier version back as champion; only when the form says so."""
    from automl_tasks.deliver import rollback as roll_back

    check_conf(dag_run.conf, dag.params)
    if params["action"] != "rollback":
        skip(ti, "the action is promote")
    problem, store = open_problem(name)
    done = roll_back(problem, store, to=params["version"])
    _log(done)
    if done.verdict != "promote":
        skip(ti, done.reason)
    return done.version


@task
def gate(
    name: str, params: Any = None, dag_run: Any = None, dag: Any = None, ti: Any = None
) -> dict[str, Any]:
    """Judge the challenger and collect what an approver should know."""
    from automl_tasks.deliver import promote as decide

    check_conf(dag_run.conf, dag.params)
    if params["action"] != "promote":
        skip(ti, "the action is rollback")
    problem, store = open_problem(name)
    judged = decide(problem, store, version=params["version"], dry_run=params["dry_run"])
    _log(judged)
    if params["dry_run"] or judged.verdict != "needs_approval":
        skip(ti, f"{judged.verdict}: {judged.reason}")
    lines = [f"- {each.name}: {each.detail}" for each in judged.gates]
    return {"version": judged.version, "evidence": "\n".join([judged.reason, "", *lines])}


@task
def promote(
    name: str,
    *,
    answer: Any = None,
    version: int | None = None,
    params: Any = None,
    dag_run: Any = None,
    dag: Any = None,
    ti: Any = None,
) -> int:
    """Move the aliases if the gate, and the approver where there is one, say so."""
    from automl_tasks.deliver import promote as decide

    check_conf(dag_run.conf, dag.params)
    if params["action"] != "promote":
        skip(ti, "the action is rollback")
    problem, store = open_problem(name)
    decided = decide(
        problem,
        store,
        version=version or params["version"],
        approved=None if answer is None else APPROVE in answer["chosen_options"],
        dry_run=params["dry_run"],
    )
    _log(decided)
    if params["dry_run"] or decided.verdict != "promote":
        skip(ti, f"{decided.verdict}: {decided.reason}")
    return decided.version


def _log(decided: Promotion) -> None:
    """The verdict with its reason, and every gate."""
    log.info("Version %s, %s: %s", decided.version, decided.verdict, decided.reason)
    for each in decided.gates:
        log.info("%s, %s: %s", each.name, "passed" if each.passed else "failed", each.detail)


@task
def score(name: str, ti: Any = None) -> dict[str, Any]:
    """Predict the rows that the champion has not seen, and log the predictions."""
    from automl_tasks.deliver import champion
    from automl_tasks.monitor import score_new_rows

    problem, store = open_problem(name)
    if champion(name) is None:
        skip(ti, "there is no champion yet")
    scored = score_new_rows(problem, store)
    # As in publish: a second attempt must not lose the wake-up of the monitor.
    if not scored.rows and ti.try_number == 1:
        skip(ti, scored.message)
    log.info("Scored: %s", scored.message)
    return {"rows": scored.rows, "version": scored.model_version}


@task
def check(name: str, ti: Any = None) -> list[dict[str, Any]]:
    """Judge the champion on matured labels; return the search to start, if any."""
    from automl_tasks.monitor import check as check_champion

    problem, store = open_problem(name)
    if not store.exists(f"{name}/current.json"):
        skip(ti, "no snapshot has been published yet: there is nothing to check")
    decision = check_champion(problem, store)
    log.info("Decision %s, %s: %s", decision.id, decision.status, decision.sentence)
    for note in decision.notes:
        log.info("Not measured: %s", note)
    ti.xcom_push(key="decision", value={"id": decision.id, "status": decision.status})
    if not decision.retrain:
        return []
    conf = {"reason": f"drift: {decision.sentence}", "minutes": decision.minutes}
    return [{"trigger_run_id": decision.run_id, "conf": conf}]


@task
def report(name: str, decision: dict[str, Any]) -> None:
    """Draw Evidently's report of the decision."""
    from automl_tasks.monitor import write_report

    problem, store = open_problem(name)
    write_report(problem, store, decision["id"])
