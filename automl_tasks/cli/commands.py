"""One function a command: call the stage, return what it made; another shows it to a person."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from automl_tasks.cli import show
from automl_tasks.cli.display import SearchProgress
from automl_tasks.problem import Problem
from automl_tasks.store import Store, digest_json

__all__ = [
    "explain",
    "history",
    "inspect",
    "monitor",
    "prepare",
    "promote",
    "reasons",
    "replay",
    "rollback",
    "run",
    "score",
    "search",
    "status",
    "verify",
]


def inspect(problem: Problem, _store: Store, options: argparse.Namespace) -> Any:
    """Infer everything that a search would use, and leave no trace of it."""
    from automl_tasks.ingest import take_snapshot
    from automl_tasks.search import make_plan

    with tempfile.TemporaryDirectory() as folder:
        scratch = Store(Path(folder))
        snapshot = take_snapshot(problem, scratch)
        plan = make_plan(problem, scratch, snapshot.id, "inspect", minutes=options.minutes)
        return {"snapshot": snapshot.manifest, "plan": plan}


def prepare(problem: Problem, store: Store, _options: argparse.Namespace) -> Any:
    """Ingest, validate and publish."""
    from automl_tasks.ingest import publish, take_snapshot
    from automl_tasks.validate import require_accepted, validate_snapshot

    snapshot = take_snapshot(problem, store)
    validation = validate_snapshot(problem, store, snapshot)
    require_accepted(validation, problem.name, store)
    published = publish(store, snapshot)
    return {"snapshot": snapshot.manifest, "validation": validation, "published": published}


def search(problem: Problem, store: Store, options: argparse.Namespace) -> Any:
    """Plan, search, ensemble, assess, explain, package, register as challenger."""
    from automl_tasks.assess import assess
    from automl_tasks.assess.explanation import explain_run
    from automl_tasks.deliver import build_package, register
    from automl_tasks.ingest import current_snapshot
    from automl_tasks.search import build_candidate, make_plan, run_worker

    snapshot = current_snapshot(store, problem.name)
    run = options.run or new_run(snapshot.id)
    make_plan(
        problem,
        store,
        snapshot.id,
        run,
        minutes=options.minutes,
        metric=options.metric,
        reason=options.reason,
        window_rows=options.window_rows,
    )
    with SearchProgress() as progress:
        summary = run_worker(store, problem.name, run, on_progress=progress.update)
        candidate = build_candidate(store, problem.name, run, on_progress=progress.update)
    assessment = assess(store, problem.name, run)
    explanation = explain_run(store, problem.name, run)
    build_package(store, problem.name, run)
    registered = register(store, problem.name, run)
    return {
        "run": run,
        "summary": summary,
        "candidate": candidate,
        "assessment": assessment,
        "explanation": explanation,
        "registered": registered,
    }


def replay(problem: Problem, store: Store, options: argparse.Namespace) -> Any:
    """Fit a run's folds again as they were, and compare the candidates."""
    from automl_tasks.search import replay_run

    with SearchProgress() as progress:
        return replay_run(store, problem.name, options.of, on_progress=progress.update)


def new_run(snapshot_id: str) -> str:
    """A run id that sorts by time and names what it searched on."""
    now = datetime.now(UTC)
    return f"manual__{now:%Y%m%dT%H%M%S}-{digest_json([snapshot_id, now.isoformat()])[:6]}"


def promote(problem: Problem, store: Store, options: argparse.Namespace) -> Any:
    """Let the gate decide on the challenger, and move the aliases."""
    from automl_tasks.deliver import promote as decide

    return decide(
        problem,
        store,
        version=options.version,
        dry_run=options.dry_run,
        approved=True if options.approve else None,
    )


def rollback(problem: Problem, store: Store, options: argparse.Namespace) -> Any:
    """Put an earlier version back as champion."""
    from automl_tasks.deliver import rollback as back

    return back(problem, store, to=options.to)


def history(problem: Problem, store: Store, _options: argparse.Namespace) -> Any:
    """List who is and was champion, and every decision about it."""
    from automl_tasks.deliver import champion
    from automl_tasks.deliver import history as promotions

    return {
        "champion": champion(problem.name),
        "promotions": [each.model_dump(mode="json") for each in promotions(store, problem.name)],
    }


def verify(model: str, _store: Store, _options: argparse.Namespace) -> Any:
    """Compare every file of a registered model with what was registered; run nothing of it."""
    from automl_tasks.deliver import verify as compare

    return compare(model)


def score(problem: Problem, store: Store, _options: argparse.Namespace) -> Any:
    """Predict the rows that the champion has not seen, and log the predictions."""
    from automl_tasks.monitor import score_new_rows

    return score_new_rows(problem, store)


def monitor(problem: Problem, store: Store, options: argparse.Namespace) -> Any:
    """Judge the champion on matured labels; write the report once the decision is stored."""
    from automl_tasks.monitor import check, write_report

    decision = check(problem, store)
    report = None if options.no_report else write_report(problem, store, decision.id)
    return {"decision": decision, "report": str(report) if report else None}


def explain(problem: Problem, store: Store, options: argparse.Namespace) -> Any:
    """Tell what the monitor decided, on which grounds, and what happened next."""
    from automl_tasks.monitor.explain import explain as explain_decision

    return explain_decision(store, problem.name, options.decision)


def reasons(problem: Problem, store: Store, options: argparse.Namespace) -> Any:
    """Tell what a run's model goes by; by default the champion's."""
    from automl_tasks.assess.explanation import load_explanation
    from automl_tasks.deliver import champion
    from automl_tasks.errors import SearchError

    known = champion(problem.name) if options.of is None else None
    chosen = options.of or (known.run if known else None)
    if chosen is None:
        runs = ", ".join(store.list(f"{problem.name}/runs"))
        raise SearchError(
            "there is no champion to explain",
            where=problem.name,
            remedy=f"Name a run: {runs or 'there is none yet'}",
        )
    return load_explanation(store, problem.name, chosen)


def run(problem: Problem, store: Store, options: argparse.Namespace) -> Any:
    """Run the whole chain once; search again when the monitor asks for it."""
    results = {"prepare": prepare(problem, store, options)}
    show_unless_json(options, show.prepared, results["prepare"])
    from automl_tasks.deliver import champion

    decision = None
    if champion(problem.name) is not None:
        results["score"] = score(problem, store, options)
        results["monitor"] = monitor(problem, store, options)
        show_unless_json(options, show.monitored, results["monitor"])
        decision = results["monitor"]["decision"]
        if decision.retrain:
            options.run, options.reason = decision.run_id, f"drift: {decision.sentence}"
            if problem.retrain != "nightly":  # that search is whole
                options.minutes = options.minutes or decision.minutes
    wanted = decision is None or decision.retrain or problem.retrain == "nightly"
    if wanted:
        results["search"] = search(problem, store, options)
        show_unless_json(options, show.searched, results["search"])
        results["promote"] = promote(problem, store, options)
        show_unless_json(options, show.promoted, results["promote"])
    return results


def show_unless_json(
    options: argparse.Namespace, shown: Callable[[Any], None], result: Any
) -> None:
    """Show one stage's result as soon as it is there."""
    if not options.json:
        shown(result)


def status(problem: Problem, store: Store, _options: argparse.Namespace) -> Any:
    """Say where the problem stands: snapshot, champion, last decision, last check."""
    from automl_tasks.deliver import champion
    from automl_tasks.deliver import history as promotions
    from automl_tasks.monitor import history as decisions
    from automl_tasks.store.alerts import list_alerts

    key = f"{problem.name}/current.json"
    return {
        "problem": problem.name,
        "snapshot": store.read_json(key)["snapshot"] if store.exists(key) else None,
        "champion": champion(problem.name),
        "promotions": [each.model_dump(mode="json") for each in promotions(store, problem.name)],
        "decisions": [each.model_dump(mode="json") for each in decisions(store, problem.name)],
        "alerts": [each.model_dump(mode="json") for each in list_alerts(store, problem.name)],
        "running": _running(problem, store),
    }


def _running(problem: Problem, store: Store) -> list[dict[str, Any]]:
    runs = [f"{problem.name}/runs/{run}" for run in store.list(f"{problem.name}/runs")]
    return [
        {"run": run.rsplit("/", 1)[-1], **store.read_json(f"{run}/progress.json")}
        for run in runs
        if store.exists(f"{run}/progress.json")
        and not any(store.exists(f"{run}/{last}.json") for last in ("registered", "replay"))
    ]
