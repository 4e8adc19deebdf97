"""Which raw columns move the model's answers most: mean size of their Shapley values."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.assess.explanation.background import make_background
from automl_tasks.assess.explanation.estimates import Estimate, mean_estimate
from automl_tasks.assess.explanation.subject import Subject
from automl_tasks.assess.explanation.timebox import Timebox

__all__ = ["Contributions", "explained_contributions"]

_MOST_ROWS, _WANTED_ROWS = 1_000, 64
_FEWEST_PAIRS = 4  # fewer make noise look like importance
_BLOCKS = 4
_TIMED_ROWS = 300

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


def explained_contributions(subject: Subject, box: Timebox) -> Contributions:
    """Explain as many of the holdout's rows as the time allows."""
    from automl_tasks.serve.attribution import shapley_values

    background = make_background(subject.develop)
    pairs = _affordable_pairs(subject, box)
    most = min(_MOST_ROWS, subject.rows)
    found, done, base = list[Array](), 0, np.zeros(1)
    size = 2
    while done < most and box.fits(len(found)):
        block = slice(done, min(done + size, most))
        began = time.monotonic()
        explained = shapley_values(
            subject.model.predict,
            {name: values[block] for name, values in subject.columns.items()},
            background,
            permutations=pairs,
            seed=subject.plan.problem.seed,
        )
        base = explained.base
        found.append(_sizes(explained.contributions))
        done = block.stop
        a_row = (time.monotonic() - began) / len(found[-1])
        size = max(1, int(box.left / a_row / _BLOCKS))
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


def _affordable_pairs(subject: Subject, box: Timebox) -> int:
    """The usual number, or fewer if too few rows could be explained in time."""
    from automl_tasks.serve.attribution import usual_permutations

    rows = {name: np.resize(values, _TIMED_ROWS) for name, values in subject.columns.items()}
    subject.predict({name: values[:1] for name, values in rows.items()})  # warms up
    began = time.monotonic()
    subject.predict(rows)
    an_answer = (time.monotonic() - began) / _TIMED_ROWS
    pairs = usual_permutations(len(rows))
    while pairs > _FEWEST_PAIRS and _WANTED_ROWS * 2 * pairs * len(rows) * an_answer > box.left:
        pairs //= 2
    return pairs
