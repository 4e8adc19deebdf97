"""How a person reads the results in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl_tasks.cli.display import console, facts_table, seconds_text, table

if TYPE_CHECKING:
    from automl_tasks.deliver import Promotion

__all__ = [
    "explained",
    "history",
    "inspected",
    "monitored",
    "prepared",
    "promoted",
    "ran",
    "reasons",
    "replayed",
    "scored",
    "searched",
    "status",
    "verified",
]

_MAIN_COLUMNS = 12


def inspected(result: dict[str, Any]) -> None:
    """Show what a search of this problem would do."""
    manifest, plan = result["snapshot"], result["plan"]
    problem = plan.problem
    console.print(f"[bold]{problem.name}[/bold]: predict {problem.target!r}", markup=True)
    facts = [
        ["rows", f"{manifest.rows:,}"],
        ["task", str(problem.task)],
        ["metric", str(problem.metric)],
        ["split", f"{problem.split}, {plan.folds} folds, {plan.holdout_rows:,} rows held out"],
        [
            "budget",
            f"{seconds_text(plan.budget_seconds)} ({seconds_text(plan.search_seconds)} search)",
        ],
        ["configurations", str(len(plan.configurations))],
    ]
    console.print(facts_table("", facts))
    roles = [[column, role] for column, role in plan.roles.items()]
    console.print(table("columns", ["column", "role"], roles, prose=True))
    for note in [*manifest.notes, *plan.notes]:
        console.print(f"- {note}", markup=False)


def prepared(result: dict[str, Any]) -> None:
    """Show a snapshot and what validation found."""
    manifest, validation = result["snapshot"], result["validation"]
    new = "published" if result["published"] else "unchanged"
    console.print(f"snapshot {manifest.id}: {manifest.rows:,} rows, {validation.status}, {new}")
    for failure in validation.failures:
        console.print(f"  {failure.severity}: {failure.message}", markup=False)


def searched(result: dict[str, Any]) -> None:
    """Show the candidate and how good it is on rows that no trial has seen."""
    console.print(_assessment_table(result["assessment"]))
    console.print(f"registered as version {result['registered'].version}, alias challenger")


def replayed(comparison: Any) -> None:
    """Show whether a run's replay gave the same candidate."""
    console.print(f"{comparison.replay}: {comparison.message}", markup=False)


def promoted(promotion: Promotion) -> None:
    """Show the gate's verdict, or what became of a rollback; and who is to act next, if anybody."""
    console.print(_decided(promotion), markup=False)
    if promotion.verdict == "needs_approval":
        console.print(_how_to_approve(promotion), markup=False, soft_wrap=True)


def history(result: dict[str, Any]) -> None:
    """Show each decision in a row, newest first, and who is champion."""
    champion = result["champion"]
    console.print(f"champion: version {champion.version}" if champion else "champion: none")
    rows = [
        [
            each["decided_at"][:19].replace("T", " "),
            f"{each['action']} {each['version']}",
            str(each["champion_before"] or "none"),
            "applied" if each["applied"] else each["verdict"],
            each["reason"],
        ]
        for each in result["promotions"]
    ]
    titles = ["decided (UTC)", "version", "champion then", "outcome", "reason"]
    console.print(table("", titles, rows, prose=True))


def verified(result: Any) -> None:
    """Show what was compared, and what could not be."""
    name = f"{result.problem} version {result.version} (run {result.run})"
    console.print(f"{name}: {result.files} files are as registered", markup=False)
    if not result.sealed:
        console.print("without a seal: only the package itself was compared")
    signed = "the signature is right" if result.signed else "no key is configured to check it with"
    console.print(f"signature: {signed}")


def scored(result: Any) -> None:
    """Show how many rows were predicted, or why none were."""
    nothing_new = not result.rows and result.model_version is not None
    lead = "no new rows since the last scoring: " if nothing_new else ""
    console.print(f"{lead}{result.message}", markup=False)


def monitored(result: dict[str, Any]) -> None:
    """Show the monitor's decision."""
    decision = result["decision"]
    console.print(f"{decision.status}: {decision.sentence}", markup=False)
    if result.get("report"):
        console.print(f"report: {result['report']}", markup=False)


def explained(explanation: Any) -> None:
    """Show a decision with its grounds and what followed."""
    console.print(f"{explanation.status}: {explanation.sentence}", markup=False)
    for section in explanation.sections:
        facts = [[fact.name, fact.value] for fact in section.facts]
        console.print(facts_table(section.title, facts))
    console.print(f"decision {explanation.id}", markup=False)
    if explanation.report:
        console.print(f"report: {explanation.report}", markup=False)


def reasons(explanation: Any) -> None:
    """Show what a model relies on, and a few rules that imitate it."""
    console.print(explanation.summary, markup=False)
    columns = [
        [each.column, _estimate_text(each.contribution), _estimate_text(each.loss_rise)]
        for each in explanation.importance[:_MAIN_COLUMNS]
    ]
    rise = f"rise of {explanation.loss}, shuffled"
    console.print(table("columns", ["column", "mean contribution", rise], columns))
    if explanation.surrogate:
        rules = [
            [" and ".join(rule.conditions) or "always", _answer_text(rule.answer), str(rule.rows)]
            for rule in explanation.surrogate.rules
        ]
        headings = ["rule", explanation.surrogate.answers, "rows"]
        console.print(table("rules that imitate the model", headings, rules))
    for note in explanation.notes:
        console.print(f"- {note}", markup=False)


def _answer_text(answer: float | str) -> str:
    return answer if isinstance(answer, str) else f"{answer:.4g}"


def _estimate_text(estimate: Any) -> str:
    if estimate is None:
        return ""
    return f"{estimate.value:.3g} ({estimate.low:.3g} to {estimate.high:.3g})"


def ran(_result: dict[str, Any]) -> None:
    """Show nothing more: each stage has been shown as it ended."""


def status(result: dict[str, Any]) -> None:
    """Show where a problem stands."""
    from automl_tasks.deliver import Promotion

    champion = result["champion"]
    facts = [
        ["snapshot", result["snapshot"] or "none published"],
        ["champion", f"version {champion.version}" if champion else "none"],
    ]
    last = [Promotion.model_validate(each) for each in result["promotions"][:1]]
    waiting = [each for each in last if each.verdict == "needs_approval"]
    facts += [
        ["waiting for approval" if waiting else "last decision", _decided(each)] for each in last
    ]
    facts += [["last check", each["sentence"]] for each in result["decisions"][:1]]
    facts += [["alert", each["message"]] for each in result["alerts"][:3]]
    facts += [["running", f"{each['run']}: {each['stage']}"] for each in result["running"]]
    console.print(facts_table(result["problem"], facts))
    for each in waiting:
        console.print(_how_to_approve(each), markup=False, soft_wrap=True)


def _decided(promotion: Promotion) -> str:
    done = promotion.verdict == "promote"
    return f"{promotion.action if done else promotion.verdict}: {promotion.reason}"


def _how_to_approve(promotion: Promotion) -> str:
    # By number: a later challenger is not the one whose numbers the approver has read.
    command = f"nightshift promote {promotion.problem} --version {promotion.version} --approve"
    return f"to approve: {command}, or start the DAG {promotion.problem}.promote in Airflow"


def _assessment_table(assessment: Any) -> Any:
    rows = [
        [name, f"{each.value:.5g}", f"{each.low:.5g} to {each.high:.5g}", f"{each.baseline:.5g}"]
        for name, each in assessment.metrics.items()
    ]
    return table("holdout", ["metric", "value", "95 % interval", "constant predictor"], rows)
