"""The gate: may this version become champion? Each condition says so with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.deliver.compare import RESAMPLES, Comparison, compare
from automl_tasks.deliver.evidence import Evidence, as_judged, as_scores, champion_scores, is_sound
from automl_tasks.deliver.promotion import Gate
from automl_tasks.deliver.versions import ChampionInfo, load_version
from automl_tasks.errors import DataError, PackageError

if TYPE_CHECKING:
    from automl_tasks.problem import Problem

__all__ = ["check_fairness", "check_limits", "check_quality", "check_smoke"]

_SMOKE_ROWS = 5
# A nightly challenger must be clearly better. When the champion is known to have degraded,
# waiting costs more than a change that turns out to be none.
_CONFIDENCE, _CONFIDENCE_DEGRADED = 0.9, 0.8


def check_smoke(uri: str, evidence: Evidence) -> Gate:
    """The version loads as a consumer loads it, and answers a few rows with finite numbers."""
    rows = evidence.rows.iloc[-_SMOKE_ROWS:]
    try:
        scores = as_scores(load_version(uri).predict(rows), evidence.facts.plan)
    except (DataError, PackageError) as error:
        return Gate(name="smoke", passed=False, detail=f"{uri} does not predict: {error}")
    if not is_sound(scores, len(rows)):
        return Gate(
            name="smoke", passed=False, detail=f"{uri} answers with missing or infinite values"
        )
    return Gate(name="smoke", passed=True, detail=f"{uri} answers {len(rows)} rows")


def check_quality(
    challenger: ChampionInfo, champion: ChampionInfo | None, evidence: Evidence
) -> tuple[Gate, Comparison | None]:
    """Better than the champion on the same rows; without a champion, better than a constant."""
    if champion is None:
        return _against_constant(challenger, evidence, "there is no champion yet"), None
    from automl_tasks.search.metrics import Labelling

    try:
        theirs, trouble = champion_scores(load_version(champion.model_uri), evidence)
    except PackageError as error:
        theirs, trouble = None, str(error)
    if theirs is None:
        why = f"champion version {champion.version} cannot predict these rows ({trouble})"
        return _against_constant(challenger, evidence, why), None
    plan = evidence.facts.plan
    ours = as_judged(load_version(challenger.model_uri).predict(evidence.rows), plan)
    comparison = compare(
        plan.measure.decided(Labelling()),
        evidence.y,
        theirs,
        ours,
        weight=evidence.weight,
        in_blocks=plan.problem.split == "time",
        seed=plan.problem.seed,
    )
    return _against_champion(challenger, champion, evidence, comparison), comparison


def check_limits(problem: Problem, evidence: Evidence) -> list[Gate]:
    """The constraints of the problem file, where there are any."""
    measured, limits = evidence.facts.assessment, problem.constraints
    gates = []
    for name, value, limit, unit in (
        ("latency", measured.latency_ms_per_row, limits.latency_ms_per_row, "ms per row"),
        ("size", measured.size_mb, limits.size_mb, "MB"),
    ):
        if limit is not None:
            detail = f"{name} {value:.3g} {unit}, limit {limit:g}"
            gates.append(Gate(name=name, passed=value <= limit, detail=detail))
    return gates


def check_fairness(problem: Problem, evidence: Evidence) -> list[Gate]:
    """The limit of the problem file on how far groups of a protected column may be apart."""
    from automl_tasks.search.fairness import resolve_fairness

    asked = problem.fairness
    if asked.max_disparity is None:
        return []
    # The file may have changed since the search; what it asks for now counts.
    measure = str(resolve_fairness(problem, evidence.facts.plan.task).fairness.measure)
    gates = []
    for column in problem.protected:
        report = evidence.facts.assessment.fairness.get(column)
        if report is None:  # the problem file has named it since
            detail = f"{measure} of {column!r} was not measured by this version's search"
            gates.append(Gate(name="fairness", passed=False, detail=detail))
            continue
        found = report.disparities.get(measure)
        if found is None:
            detail = (
                f"{measure} of {column!r} is unknown: no two groups have enough held-out rows "
                "(fairness.min_rows, holdout), so its limit is not kept"
            )
            gates.append(Gate(name="fairness", passed=False, detail=detail))
            continue
        sure = "" if found.low is None else f" (95 % interval {found.low:.3g} to {found.high:.3g})"
        detail = (
            f"{measure} of {column!r} {found.value:.3g}{sure} between {found.lowest!r} and "
            f"{found.highest!r}, limit {asked.max_disparity:g}"
        )
        passed = found.value <= asked.max_disparity
        gates.append(Gate(name="fairness", passed=passed, detail=detail))
    return gates


def _against_constant(challenger: ChampionInfo, evidence: Evidence, why: str) -> Gate:
    from automl_tasks.search.metrics import METRICS

    metric = str(evidence.facts.plan.problem.metric)
    measured = evidence.facts.assessment.metrics[metric]
    gain = measured.value - measured.baseline
    better = gain > 0 if METRICS[metric].greater_is_better else gain < 0
    verb = "is better" if better else "is no better"
    detail = (
        f"version {challenger.version} {verb} than always predicting the same: {metric} "
        f"{measured.value:.5g} against {measured.baseline:.5g} on "
        f"{evidence.facts.candidate.holdout_rows:,} held-out rows ({why})"
    )
    return Gate(name="quality", passed=better, detail=detail)


def _against_champion(
    challenger: ChampionInfo,
    champion: ChampionInfo,
    evidence: Evidence,
    comparison: Comparison | None,
) -> Gate:
    plan = evidence.facts.plan
    if comparison is None:
        detail = (
            f"{len(evidence.y):,} rows do not determine {plan.problem.metric}, "
            f"so champion version {champion.version} stays"
        )
        return Gate(name="quality", passed=False, detail=detail)
    needed = _CONFIDENCE_DEGRADED if plan.reason.startswith("drift") else _CONFIDENCE
    better = comparison.improvement > 0 and comparison.probability_better >= needed
    verb = "is better" if better else "is not clearly better"
    detail = (
        f"version {challenger.version} {verb} than champion version {champion.version}: "
        f"{comparison.metric} {comparison.challenger:.5g} against {comparison.champion:.5g} on the "
        f"same {comparison.rows:,} rows, better in {comparison.probability_better:.0%} of "
        f"{RESAMPLES} resamples ({needed:.0%} needed)"
    )
    if evidence.seen:
        detail += f"; the champion was trained on {evidence.seen:.0%} of them"
    return Gate(name="quality", passed=better, detail=detail)
