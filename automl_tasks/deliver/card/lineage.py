"""What the card says of where the model comes from, and where it ends."""

from __future__ import annotations

from automl_tasks.deliver.card.page import Section, Table, number
from automl_tasks.deliver.card.sources import Sources
from automl_tasks.search.surroundings import code_digest, installed
from automl_tasks.store import digest_json

__all__ = ["limits_section", "lineage_section"]

_LIBRARIES = (
    "numpy",
    "pandas",
    "scikit-learn",
    "lightgbm",
    "xgboost",
    "xgboost-cpu",
    "catboost",
    "mlflow",
)


def lineage_section(sources: Sources) -> Section:
    """Run, snapshot, problem, code, trials: what one needs to make it again."""
    plan = sources.facts.plan
    problem = plan.model_dump(mode="json", exclude={"problem": {"source"}})["problem"]
    spent = ", ".join(f"{part} {number(each, 3)} s" for part, each in sources.seconds.items())
    libraries = [f"{name} {version}" for name, version in installed(_LIBRARIES).items()]
    nightshift = installed(["nightshift"]).get("nightshift", "checkout")
    rows = [
        ["run", plan.run],
        ["reason of the search", plan.reason or "nightly or by hand"],
        ["snapshot", plan.snapshot],
        ["problem file", f"{plan.problem.name}, digest {digest_json(problem)[:16]}"],
        ["code", f"nightshift {nightshift}, digest {code_digest()}"],
        ["budget", f"{number(plan.budget_seconds)} s, {plan.workers} worker(s)"],
        ["time used", spent],
        ["trials", f"{sources.trials}, in the store under {plan.problem.name}/runs/{plan.run}"],
        ["seed", str(plan.problem.seed)],
        ["libraries", ", ".join(libraries)],
    ]
    return Section("Lineage", (), [Table(["what", "which"], rows)])


def limits_section(sources: Sources) -> Section:
    """What the model must not be used for, as far as a program can tell."""
    plan = sources.facts.plan
    told = [
        "It answers for rows like those it has learned from. For others it answers, too, and "
        "nothing in the answer says so; the monitor reports when the rows change.",
        "Importance and effects say what the model uses, not what causes the target.",
    ]
    if plan.problem.split == "time":
        told.append("It was checked on the newest rows only, and grows old with them.")
    if plan.holdout_rows < 1_000:
        told.append(
            f"It was checked on {plan.holdout_rows} rows only: how far the metrics may be off, "
            "their 95 % intervals say."
        )
    if not plan.problem.protected:
        told.append("No protected column was named, so nobody looked for unfair differences.")
    return Section("Limits", [*told, *plan.notes])
