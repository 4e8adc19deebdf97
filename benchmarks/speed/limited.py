"""The same trials once more, under limits: what keeping them costs."""

from __future__ import annotations

import shutil
from dataclasses import replace

from automl_tasks.assess import Assessment, assess
from automl_tasks.deliver import build_package
from automl_tasks.search import build_candidate
from automl_tasks.search.cost import compressing_seconds
from speed.fitted import Delivered

__all__ = ["assessment_of", "limited"]

_ASSESSED = 0.02  # of the budget, which the candidate leaves to its assessment


def assessment_of(delivered: Delivered) -> Assessment:
    """Quality, time and size as the gate sees them."""
    return assess(delivered.store, delivered.plan.problem.name, delivered.plan.run)


def limited(delivered: Delivered, run: str, **constraints: float) -> Delivered:
    """A run of the same trials whose problem has these constraints."""
    store, name = delivered.store, delivered.plan.problem.name
    source, target = (store.path(f"{name}/runs/{each}") for each in (delivered.plan.run, run))
    shutil.rmtree(target, ignore_errors=True)
    made = ("candidate", "package", "assessment.json", "explanation.json", "registered.json")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*made))
    limits = delivered.plan.problem.constraints.model_copy(update=constraints)
    problem = delivered.plan.problem.model_copy(update={"constraints": limits})
    plan = delivered.plan.model_copy(update={"run": run, "problem": problem})
    store.write_json(f"{name}/runs/{run}/plan.json", plan.model_dump(mode="json"))
    for part in store.list(f"{name}/runs/{run}/spent"):
        store.write_json(f"{name}/runs/{run}/spent/{part}", {"seconds": 0.0})
    # A search under limits ends so early.
    budget = plan.budget_seconds
    spent = (1 - _ASSESSED) * budget - compressing_seconds(budget)
    store.write_json(f"{name}/runs/{run}/spent/worker-0.json", {"seconds": spent})
    candidate = build_candidate(store, name, run)
    assess(store, name, run)
    build_package(store, name, run)
    folder = store.path(f"{name}/runs/{run}/package")
    return replace(delivered, plan=plan, candidate=candidate, folder=folder)
