"""How much worse the model gets when a raw column is shuffled over the rows.

References
----------
Breiman (2001): Random forests, section 10. Fisher, Rudin, Dominici (2019): All models are wrong,
but many are useful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.assess.explanation.estimates import Estimate, jackknife_estimate
from automl_tasks.assess.explanation.subject import Subject
from automl_tasks.assess.explanation.timebox import Pace, Timebox

__all__ = ["Rises", "permutation_rises", "rise_of_loss"]

_ROWS, _FEWEST_ROWS = 2_000, 100
_REPEATS = 5
_CAREFUL = 0.8  # of the time, that the rows aim at

Array = NDArray[Any]


@dataclass(frozen=True)
class Rises:
    """Rise of the run's loss by column, where the rows determine it.

    Attributes
    ----------
    rows, repeats
        Of the holdout, and shuffles of each column.
    """

    loss: dict[str, Estimate]
    rows: int
    repeats: int


def permutation_rises(subject: Subject, columns: Sequence[str], box: Timebox, pace: Pace) -> Rises:
    """Shuffle one column after the other, in the order given, until the time is up."""
    random = np.random.default_rng(subject.plan.problem.seed)
    affordable = pace.rows(_CAREFUL * box.left, calls=len(columns)) // len(columns)
    # Other rows tell more than another shuffle of the same.
    rows = min(subject.rows, int(np.clip(affordable, _FEWEST_ROWS, _ROWS)))
    repeats = int(np.clip(affordable // rows, 1, _REPEATS))
    found = dict[str, Estimate]()
    for done, name in enumerate(columns):
        if not box.fits(done):
            break
        answers = [_shuffled(subject, name, rows, random) for _ in range(repeats)]
        rise = rise_of_loss(subject, answers, rows)
        if rise is not None:
            found[name] = rise
    return Rises(found, rows, repeats)


def rise_of_loss(subject: Subject, answers: Sequence[Array], rows: int) -> Estimate | None:
    """By how much the loss of other answers is above that of the model's own.

    Parameters
    ----------
    answers
        (rows, k) arrays for the holdout's first rows; their rises are averaged.
    """

    def rise(positions: Array) -> float:
        own = subject.loss(subject.answers[positions], positions)
        return float(np.mean([subject.loss(each[positions], positions) for each in answers]) - own)

    return jackknife_estimate(rise, rows)


def _shuffled(subject: Subject, name: str, rows: int, random: np.random.Generator) -> Array:
    columns = subject.first(rows)
    columns[name] = columns[name][random.permutation(rows)]
    return subject.predict(columns)
