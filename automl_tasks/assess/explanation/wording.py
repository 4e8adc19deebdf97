"""An explanation in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tasks.assess.explanation.ablation import Ablation, Without
from automl_tasks.assess.explanation.report import ColumnImportance
from automl_tasks.assess.explanation.surrogate import Surrogate
from automl_tasks.search.metrics import METRICS

__all__ = ["loss_words", "partial_notes", "summary_of"]

_MAIN, _NAMED = 3, 5


def loss_words(metric: str) -> str:
    """What the loss of a metric is called."""
    return f"1 - {metric}" if METRICS[metric].greater_is_better else metric


def summary_of(
    importance: Sequence[ColumnImportance],
    ablation: Ablation,
    surrogate: Surrogate | None,
    loss: str,
) -> str:
    """What a person should know who reads nothing else."""
    told = [_reliance(importance), _rise(importance, ablation, loss), _families(ablation, loss)]
    return " ".join(sentence for sentence in [*told, _rules(surrogate)] if sentence)


def partial_notes(importance: Sequence[ColumnImportance]) -> list[str]:
    """What there was no time for."""
    left = [each.column for each in importance if each.loss_rise is None]
    if not left:
        return []
    of = f"{len(left)} of {len(importance)} columns"
    named = left[:_NAMED] if len(left) <= _NAMED else [*left[:_NAMED], f"{len(left) - _NAMED} more"]
    return [f"Not shuffled: {_listed(named)} ({of}). There was no time, or no loss is known."]


def _reliance(importance: Sequence[ColumnImportance]) -> str:
    names = [each.column for each in importance if each.contribution.value > 0][:_MAIN]
    if not names:
        return "The model says the same of every row."
    return f"The model relies most on {_listed(names)}."


def _rise(importance: Sequence[ColumnImportance], ablation: Ablation, loss: str) -> str:
    """The column whose shuffling hurts most, where it surely does."""
    known = [each for each in importance if each.loss_rise and each.loss_rise.low > 0]
    if not known or ablation.loss is None:
        return ""
    most = max(known, key=lambda each: each.loss_rise.value if each.loss_rise else 0.0)
    rise = most.loss_rise.value if most.loss_rise else 0.0
    return f"With {most.column} shuffled, {loss} rises from {ablation.loss:.4g} by {rise:.4g}."


def _families(ablation: Ablation, loss: str) -> str:
    if len(ablation.families) < 2:
        only = ablation.families[0].what
        return f"All its models are of the family {only}."
    known = [each for each in ablation.families if each.rise is not None]
    if not known:
        return ""
    most = max(known, key=_rise_of)
    if most.rise is None or most.rise.low <= 0:
        return "No family of models is indispensable: without any one of them it does as well."
    return f"Without its {most.what} models {loss} would rise by {most.rise.value:.2g}."


def _rise_of(each: Without) -> float:
    return each.rise.value if each.rise else 0.0


def _rules(surrogate: Surrogate | None) -> str:
    if surrogate is None:
        return ""
    rules = f"{len(surrogate.rules)} rules"
    if surrogate.measure == "agreement":
        return (
            f"{rules} give its label for {surrogate.fidelity:.0%} of other rows (one label for "
            f"all: {surrogate.by_chance:.0%})."
        )
    return f"{rules} account for {max(0.0, surrogate.fidelity):.0%} of how its answers vary."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
