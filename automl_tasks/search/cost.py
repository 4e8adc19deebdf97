"""How long a trial or a refit will take, from what has finished so far."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.ledger import Trial
from automl_tasks.search.prior import prior_seconds

__all__ = ["predicted_seconds", "refit_reserve", "refit_seconds"]


def predicted_seconds(
    configuration: Configuration,
    good: Sequence[Trial],
    *,
    cells: float,
    threads: int,
    classes: int,
) -> float:
    """Seconds of a fold: what its family took so far, else a prior scaled to this machine.

    Parameters
    ----------
    good
        Trials with a score.
    cells
        Training rows of a fold times columns.
    classes
        Of the problem: boosting grows a tree for each of three or more.
    """
    own = [trial.fold_seconds for trial in good if trial.family == configuration.family]
    if own:
        return max(own)
    speed = [
        trial.fold_seconds / prior_seconds(trial.family, cells, threads, classes) for trial in good
    ]
    # A slow start (imports, a busy machine) says little about the next family.
    factor = min(max(median(speed), 0.5), 5.0) if speed else 1.0
    return factor * prior_seconds(configuration.family, cells, threads, classes)


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
