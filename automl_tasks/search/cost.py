"""How long a trial or a refit will take, from what has finished so far."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from automl_tasks.search.configurations import Configuration
from automl_tasks.search.ledger import Trial

__all__ = ["predicted_seconds", "refit_reserve", "refit_seconds"]

# Seconds per million training cells on one ordinary core: orders of magnitude, which only count
# until the first trials have ended.
_PRIORS = {
    "linear": 2.0,
    "lightgbm": 4.0,
    "xgboost": 5.0,
    "random_forest": 5.0,
    "extra_trees": 4.0,
    "catboost": 12.0,
}
_OTHER = 6.0
_LIKELY_MEMBERS = 5


def predicted_seconds(
    configuration: Configuration, finished: Sequence[Trial], *, cells: float, threads: int
) -> float:
    """Seconds of a trial: the slowest of its family so far, else a prior scaled to this machine.

    Parameters
    ----------
    finished
        Trials with a score.
    cells
        Training rows, summed over the folds, times columns.
    """
    own = [trial.seconds for trial in finished if trial.family == configuration.family]
    if own:
        return max(own)
    speed = [trial.seconds / _prior(trial.family, cells, threads) for trial in finished]
    # A slow start (imports, a busy machine) says little about the next family.
    factor = min(max(median(speed), 0.5), 5.0) if speed else 1.0
    return factor * _prior(configuration.family, cells, threads)


def refit_seconds(trial: Trial, rows: int) -> float:
    """Seconds to train the trial's configuration once on `rows` rows."""
    return trial.seconds * rows / max(1, trial.train_rows)


def refit_reserve(finished: Sequence[Trial], rows: int, opening_seconds: float) -> float:
    """Seconds to keep for the refit of the likely members in a fresh child process.

    Parameters
    ----------
    finished
        Trials with a score, best first.
    opening_seconds
        What the start of a child process took.
    """
    likely = finished[:_LIKELY_MEMBERS]
    return opening_seconds + 1.2 * sum(refit_seconds(trial, rows) for trial in likely)


def _prior(family: str, cells: float, threads: int) -> float:
    return 0.2 + _PRIORS.get(family, _OTHER) * cells / 1e6 / threads
