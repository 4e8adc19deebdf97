"""How long a search may take: less where its models only need fresh rows. No input or output."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tasks.monitor.decision import Decision

__all__ = ["search_minutes"]

# Of the budget: in a fifth of it a start from the last models gains most of the whole.
_SHARE = 0.25
_SHORTEST = 1.0  # minutes
_IN_A_ROW = 3  # short searches, after which a whole one looks for other models


def search_minutes(decision: Decision, past: Sequence[Decision], budget: float) -> float | None:
    """Minutes of the search that a decision starts; None: the whole budget.

    Where models of the champion's kind lose because they age, the same models with fresh rows are
    what is missing, and a search begins with them: it is short. After an abrupt change, where the
    loss rose without such a measurement, after a search of this champion that was in vain, and
    after three short ones, it is whole.

    Parameters
    ----------
    past
        Earlier decisions of the problem, in any order.
    budget
        Minutes of a whole search.
    """
    short, payoff = max(_SHORTEST, _SHARE * budget), decision.payoff
    if payoff is None or not payoff.pays or payoff.abrupt or short >= budget:
        return None
    started = sorted((each for each in past if each.retrain), key=lambda each: each.created_at)
    if any(each.champion_version == decision.champion_version for each in started):
        return None
    newest = started[-_IN_A_ROW:]
    tired = len(newest) == _IN_A_ROW and all(each.minutes is not None for each in newest)
    return None if tired else short
