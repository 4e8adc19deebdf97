"""Explain a run's model within its share of the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.assess.explanation.ablation import ablate
from automl_tasks.assess.explanation.contributions import explained_contributions
from automl_tasks.assess.explanation.effects import column_effects
from automl_tasks.assess.explanation.permutation import permutation_rises
from automl_tasks.assess.explanation.report import (
    ColumnImportance,
    Explanation,
    explanation_key,
    load_explanation,
)
from automl_tasks.assess.explanation.subject import Subject, load_subject
from automl_tasks.assess.explanation.surrogate import fit_surrogate
from automl_tasks.assess.explanation.timebox import Timebox, measured_pace
from automl_tasks.assess.explanation.wording import loss_words, partial_notes, summary_of
from automl_tasks.errors import SearchError
from automl_tasks.store import Store

if TYPE_CHECKING:
    from automl_tasks.search import Plan

__all__ = ["explain_run"]

# Of the time left when each begins; what one does not need goes to those after it.
_CONTRIBUTIONS, _PERMUTATION, _EFFECTS, _SURROGATE = 0.35, 0.4, 0.5, 0.4
_TIMED_ROWS = 300
_LOADED = 0.5  # of its share, that is worked even if reading the model took longer


def explain_run(store: Store, name: str, run: str) -> Explanation:
    """Explain a run's candidate on its holdout.

    Takes about `explain_seconds` of the run's budget: what is slow is done on fewer rows, columns
    and repeats, and the explanation tells on how many. It is written once.

    Raises
    ------
    SearchError
        When the run has no candidate, or held out no rows.
    """
    from automl_tasks.search import load_candidate, load_plan
    from automl_tasks.search.budget import Clock, explain_seconds
    from automl_tasks.search.plan import run_key

    if store.exists(explanation_key(name, run)):
        return load_explanation(store, name, run)
    plan, candidate = load_plan(store, name, run), load_candidate(store, name, run)
    if not plan.holdout_rows:
        raise SearchError(
            "the run held out no rows on which its model could be explained",
            where=f"{name}, run {run!r}",
            remedy="Set 'holdout' in the problem file above 0",
        )
    with Clock(store, run_key(name, run), "explain") as clock:
        seconds = explain_seconds(plan.budget_seconds, plan.holdout_rows)
        subject = load_subject(store, plan, candidate, threads=plan.threads)
        box = Timebox(max(seconds - clock.elapsed, _LOADED * seconds))
        explanation = _explained(subject, plan, box)
    store.write_json(explanation_key(name, run), explanation.model_dump(mode="json"))
    return explanation


def _explained(subject: Subject, plan: Plan, box: Timebox) -> Explanation:
    pace = measured_pace(lambda rows: subject.predict(subject.first(rows)), _TIMED_ROWS)
    contributions = explained_contributions(subject, box.share(_CONTRIBUTIONS), pace)
    columns = contributions.ordered
    rises = permutation_rises(subject, columns, box.share(_PERMUTATION), pace)
    effects, effect_rows = column_effects(subject, columns, box.share(_EFFECTS), pace)
    surrogate = fit_surrogate(subject, box.share(_SURROGATE), pace)
    ablation = ablate(subject, box, pace)
    importance = [
        ColumnImportance(
            column=name,
            contribution=contributions.sizes[name],
            loss_rise=rises.loss.get(name),
        )
        for name in columns
    ]
    return Explanation(
        run=plan.run,
        metric=plan.metric,
        loss=loss_words(plan.metric),
        summary=summary_of(importance, ablation, surrogate, loss_words(plan.metric)),
        base=dict(zip(subject.classes or ["value"], contributions.base, strict=True)),
        importance=importance,
        contribution_rows=contributions.rows,
        contribution_pairs=contributions.pairs,
        permutation_rows=rises.rows,
        permutation_repeats=rises.repeats,
        effects=effects,
        effect_rows=effect_rows,
        surrogate=surrogate,
        ablation=ablation,
        holdout_rows=subject.rows,
        seconds=round(box.spent, 3),
        notes=partial_notes(importance),
    )
