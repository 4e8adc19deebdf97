"""How long refits will take, from what has finished so far."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tasks.search.ledger import Trial

__all__ = ["compressing_seconds", "refit_reserve", "refit_seconds"]

# Of the budget, and of a short one; seconds that train a few small models of a middling table.
_COMPRESSING, _MOST_COMPRESSING, _COMPRESSING_SECONDS = 0.2, 0.4, 20.0


def compressing_seconds(budget: float) -> float:
    """Seconds to keep for smaller models, where the problem limits time or size."""
    return max(_COMPRESSING * budget, min(_COMPRESSING_SECONDS, _MOST_COMPRESSING * budget))


def refit_seconds(trial: Trial, rows: int) -> float:
    """Seconds to train the trial's configuration once on `rows` rows."""
    return trial.row_seconds * rows


def refit_reserve(single: Sequence[Trial], rows: int, opening_seconds: float, lanes: int) -> float:
    """Seconds to keep for members that are trained once more.

    Parameters
    ----------
    single
        Likely members of which no bag of fold models is used.
    opening_seconds
        What the start of a child process took.
    lanes
        Refits beside each other.
    """
    refits = [refit_seconds(trial, rows) for trial in single]
    return opening_seconds + 1.2 * max(sum(refits) / lanes, max(refits, default=0.0))
