"""Which raw columns move the model's answers most: mean size of their Shapley values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.assess.explanation.background import make_background
from automl_tasks.assess.explanation.estimates import Estimate, mean_estimate
from automl_tasks.assess.explanation.subject import Subject
from automl_tasks.assess.explanation.timebox import Pace, Timebox

__all__ = ["Contributions", "explained_contributions"]

_MOST_ROWS, _WANTED_ROWS, _FEWEST_ROWS = 1_000, 64, 8
_FEWEST_PAIRS = 4  # fewer make noise look like importance
_BLOCKS = 4

Array = NDArray[Any]


@dataclass(frozen=True)
class Contributions:
    """Mean size of each column's contribution to an answer, over rows.

    Attributes
    ----------
    base
        (k,) mean answer for the background.
    sizes
        By column, in the unit of the answer: of the value, or of probability that moves from
        classes to others.
    rows, pairs
        That were explained, and pairs of permutations for each.
    """

    base: list[float]
    sizes: dict[str, Estimate]
    rows: int
    pairs: int

    @property
    def ordered(self) -> list[str]:
        """Columns, the most important first."""
        return sorted(self.sizes, key=lambda name: -self.sizes[name].value)


def explained_contributions(subject: Subject, box: Timebox, pace: Pace) -> Contributions:
    """Explain as many of the holdout's rows as the time allows."""
    from automl_tasks.serve.attribution import shapley_values

    background = make_background(subject.develop)
    pairs = _affordable_pairs(subject, box, pace)
    most = int(np.clip(_affordable_rows(subject, box, pace, pairs), _FEWEST_ROWS, _MOST_ROWS))
    most = min(most, subject.rows)
    found, base = list[Array](), np.zeros(1)
    for start in range(0, most, -(-most // _BLOCKS)):
        if not box.fits(len(found)):
            break
        block = slice(start, min(start + -(-most // _BLOCKS), most))
        explained = shapley_values(
            subject.model.predict,
            {name: values[block] for name, values in subject.columns.items()},
            background,
            permutations=pairs,
            seed=subject.plan.problem.seed,
        )
        base = explained.base
        found.append(_sizes(explained.contributions))
    sizes = np.concatenate(found)
    return Contributions(
        base=[float(each) for each in base],
        sizes={name: mean_estimate(sizes[:, at]) for at, name in enumerate(subject.columns)},
        rows=len(sizes),
        pairs=pairs,
    )


def _sizes(contributions: Array) -> Array:
    """(n, d) how far each column moves an answer: of probabilities, what classes lose to others."""
    moved = np.abs(contributions).sum(axis=2)
    return np.asarray(moved if contributions.shape[2] == 1 else moved / 2)


def _affordable_pairs(subject: Subject, box: Timebox, pace: Pace) -> int:
    """The usual number, or fewer if too few rows could be explained in time."""
    from automl_tasks.serve.attribution import usual_permutations

    pairs = usual_permutations(len(subject.columns))
    while pairs > _FEWEST_PAIRS and _affordable_rows(subject, box, pace, pairs) < _WANTED_ROWS:
        pairs //= 2
    return pairs


def _affordable_rows(subject: Subject, box: Timebox, pace: Pace, pairs: int) -> int:
    answers = pace.rows(box.left, calls=4 * _BLOCKS)
    return answers // (2 * pairs * len(subject.columns))
